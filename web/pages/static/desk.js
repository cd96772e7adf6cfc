// What pages cannot do by themselves: refine a list as one types, remember what was chosen, tell moments in the reader's zone.
"use strict";

const locale = document.documentElement.dataset.locale || undefined;

// Moments are sent in UTC; here they are written in the zone and the language of whoever reads.
function tellMoments(root) {
  const written = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  for (const element of root.querySelectorAll("time[datetime]")) {
    const at = new Date(element.dateTime);
    element.title = at.toLocaleString(locale, { timeZoneName: "short" });
    element.textContent = "ago" in element.dataset ? ago(at) : written.format(at);
  }
}

function ago(at) {
  const seconds = (at - Date.now()) / 1000;
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  for (const [unit, length] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
    if (Math.abs(seconds) >= length) return relative.format(Math.round(seconds / length), unit);
  }
  return relative.format(Math.round(seconds), "second");
}

// A form that refines a list: every letter asks for the list anew; the last question alone is answered.
function refine(form) {
  const list = document.querySelector(form.dataset.refines);
  let asked = null;
  let timer = 0;
  const ask = async () => {
    asked?.abort();
    asked = new AbortController();
    const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    const address = `${location.pathname}${query.size ? "?" : ""}${query}`;
    try {
      const answer = await fetch(address, { headers: { "X-Part": "list" }, signal: asked.signal });
      if (answer.redirected) { location.reload(); return; }
      list.innerHTML = await answer.text();
      history.replaceState(null, "", address);
      draw(list);
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
  };
  const soon = () => { clearTimeout(timer); timer = setTimeout(ask, 150); };
  form.addEventListener("input", soon);
  form.addEventListener("submit", (event) => { event.preventDefault(); ask(); });
}

// What was chosen on one page of a list stays chosen on the next, until it was acted on.
const chosen = {
  key: `chosen:${location.pathname}`,
  read() { return new Set(JSON.parse(sessionStorage.getItem(this.key) || "[]")); },
  write(numbers) { sessionStorage.setItem(this.key, JSON.stringify([...numbers])); },
};

function drawChoice(root = document) {
  const bulk = document.querySelector("[data-bulk]");
  if (!bulk) return;
  const numbers = chosen.read();
  for (const box of root.querySelectorAll("[data-choose]")) box.checked = numbers.has(box.dataset.choose);
  bulk.hidden = numbers.size === 0;
  bulk.querySelector("[data-count]").textContent = numbers.size.toLocaleString(locale);
  bulk.elements.numbers.value = [...numbers].join(",");
}

function choose(boxes, checked) {
  const numbers = chosen.read();
  for (const box of boxes) checked ? numbers.add(box.dataset.choose) : numbers.delete(box.dataset.choose);
  chosen.write(numbers);
  drawChoice();
}

function bulk(form) {
  const needsReason = ["hold", "cancel", "delete"];
  const fit = () => {
    const action = form.elements.action.value;
    form.elements.reason.hidden = !needsReason.includes(action);
    form.elements.reason.required = needsReason.includes(action);
    form.querySelector("[data-notify]").hidden = action !== "cancel";
  };
  form.elements.action.addEventListener("change", fit);
  form.querySelector("[data-none]").addEventListener("click", () => { chosen.write([]); drawChoice(); });
  form.addEventListener("submit", () => chosen.write([]));
  fit();
}

// What is under way is looked at again, but not under the hands of somebody who is entering or sending something.
let sending = false;
document.addEventListener("submit", () => { sending = true; });
addEventListener("pageshow", () => { sending = false; });

function reloadIn(seconds) {
  setTimeout(() => {
    if (sending) return;
    const entering = document.querySelector("details.action[open]") || document.activeElement?.matches("input, textarea, select");
    if (entering) reloadIn(seconds); else location.reload();
  }, 1000 * seconds);
}

function draw(root) {
  tellMoments(root);
  drawChoice(root);
}

document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-choose]")) choose([target], target.checked);
  if (target.matches("[data-all]")) choose(document.querySelectorAll("[data-choose]"), target.checked);
  if (target.matches("[data-tick-all]")) {
    for (const box of target.closest("table").querySelectorAll("tbody input[type=checkbox]")) box.checked = target.checked;
  }
});

// A menu that is open closes with Escape, with a click beside it, and when another opens.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.action[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
document.addEventListener("click", ({ target }) => {
  for (const menu of document.querySelectorAll("details.action[open]")) if (!menu.contains(target)) menu.open = false;
});
document.addEventListener("toggle", ({ target }) => {
  if (target.matches?.("details.action[open]")) target.querySelector("input:not([type=hidden]), textarea, select")?.focus();
}, true);

// Whoever scans looks at the goods, not at the screen: what is scanned must always land in the field for it.
const scanner = document.querySelector("[data-scanner]");
if (scanner) {
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, textarea, select, button, summary, a");
    if (!typing && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) scanner.focus();
  });
}

// On a phone the places of work are pushed sideways: the one where somebody is stays in sight.
document.querySelector(".navbar-nav .active")?.scrollIntoView({ block: "nearest", inline: "center" });

document.querySelectorAll("form[data-refines]").forEach(refine);
document.querySelectorAll("form[data-bulk]").forEach(bulk);
document.querySelectorAll("[data-reload]").forEach((element) => reloadIn(Number(element.dataset.reload)));
draw(document);
