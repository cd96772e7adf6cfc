// Looks every second and a half whether the order went on, and shows it; somebody who is about to choose a card is left alone.
const place = document.getElementById("progress");
let shown = null;

async function look() {
  try {
    const answer = await fetch(place.dataset.from, { headers: { Accept: "text/html" } });
    if (answer.ok) {
      const text = await answer.text();
      if (text !== shown && !place.contains(document.activeElement)) {
        place.innerHTML = text;
        shown = text;
      }
    }
  } catch {
    // Nobody answered: it is asked again.
  }
  setTimeout(look, 1500);
}
look();
