"""Variants: a product with options is sold as one of its variants, each with a value per option (LI3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Row, RowMapping, text
from sqlalchemy.orm import Session

from fulfillment.kernel.errors import Conflict, Invalid

_PARENTS = text("""
SELECT id, sku, options FROM product WHERE sku = ANY (CAST(:skus AS text[])) ORDER BY sku FOR UPDATE
""")
_TAKEN = text("""
SELECT variant_of, option_values, sku FROM product WHERE variant_of = ANY (CAST(:ids AS bigint[]))
""")
_VARIANTS = text("""
SELECT sku, name, option_values, price, currency, active FROM product WHERE variant_of = :id ORDER BY sku
""")


class Variant(Protocol):
    """A product that is to be one of a parent's."""

    @property
    def sku(self) -> str:
        """Its SKU."""
        ...

    @property
    def variant_of(self) -> str | None:
        """The SKU of its parent."""
        ...

    @property
    def option_values(self) -> Mapping[str, str] | None:
        """A value per option of its parent."""
        ...


def variants_of(session: Session, product_id: int) -> Sequence[RowMapping]:
    """Give the variants of a product, by SKU."""
    return session.execute(_VARIANTS, {"id": product_id}).mappings().all()


def locked_parents(session: Session, variants: Sequence[Variant]) -> dict[str, int]:
    """
    Lock the parents of new variants, and give their ids by SKU.

    Raises Invalid where a parent is not there or has no such options, Conflict where another variant has the same values.
    """
    if not variants:
        return {}
    skus = sorted({str(each.variant_of) for each in variants})
    parents = {row.sku: row for row in session.execute(_PARENTS, {"skus": skus})}
    for variant in variants:
        _expect_fit(variant, parents.get(str(variant.variant_of)))
    _expect_free(session, parents, variants)
    return {sku: row.id for sku, row in parents.items()}


def _expect_fit(variant: Variant, parent: Row[Any] | None) -> None:
    if parent is None or parent.options is None:
        raise Invalid(
            f"{variant.variant_of} is no product with options",
            code="no_parent",
            remedy="add it first, with its options: POST /v1/products",
            members={"sku": variant.sku, "variant_of": variant.variant_of},
        )
    values = variant.option_values or {}
    if values.keys() != parent.options.keys() or any(
        value not in parent.options[name] for name, value in values.items()
    ):
        raise Invalid(
            f"{variant.sku} does not have one value for each option of {parent.sku}",
            code="options_do_not_fit",
            remedy="give one of the values for each of the options",
            members={"sku": variant.sku, "options": parent.options},
        )


def _expect_free(session: Session, parents: Mapping[str, Row[Any]], variants: Iterable[Variant]) -> None:
    ids = [row.id for row in parents.values()]
    taken = {_key(row.variant_of, row.option_values): row.sku for row in session.execute(_TAKEN, {"ids": ids})}
    for variant in variants:
        key = _key(parents[str(variant.variant_of)].id, variant.option_values or {})
        if taken.setdefault(key, variant.sku) != variant.sku:
            raise Conflict(
                f"{taken[key]} has the same options as {variant.sku}",
                code="variant_taken",
                remedy="leave it out, or give it other values",
                members={"skus": [taken[key], variant.sku]},
            )


def _key(parent_id: int, values: Mapping[str, str]) -> tuple[int, frozenset[tuple[str, str]]]:
    return parent_id, frozenset(values.items())
