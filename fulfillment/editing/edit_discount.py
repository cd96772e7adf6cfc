"""Edit what is taken off an order or off a form; a line's discount is edited with the line (OL4)."""

from __future__ import annotations

from collections.abc import Sequence

from fulfillment.editing.content import Content
from fulfillment.editing.wanted import FormEdit


def edit_discounts(content: Content, discount: int | None, tax: int | None, forms: Sequence[FormEdit]) -> None:
    """Set the order's own discount and tax, and those of forms. A form that nothing is left in has none. Raises NotFound."""
    content.discount = content.discount if discount is None else discount
    content.tax = content.tax if tax is None else tax
    for edit in forms:
        if edit.discount is not None:
            content.form(edit.id).discount = edit.discount
    in_use = {item.form_id for item in content.items.values()}
    for form in content.forms.values():
        if form.id not in in_use:
            form.discount = 0
