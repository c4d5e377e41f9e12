"""Rows of `orders`, `order_items` and `payments` as the source holds them: every version, and which keys stand when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lake.generator.clock import Clock
from lake.generator.lifecycle import (
    NEVER_DAY,
    PAID,
    SHIPPED,
    Lifecycle,
    Versions,
    seen,
)
from lake.generator.orders import OrderDay
from lake.generator.parameters import Parameters
from lake.generator.randomness import Dice, Ints

PAYMENT_STATES = ("failed", "authorised", "captured", "refunded")
LINES_PER_ORDER = PAYMENTS_PER_ORDER = 100
"""id_order_item = id_order * 100 + line_number; id_payment = id_order * 100 + attempt, refunds from 50 on."""
FIRST_REFUND, CANCEL_REFUND, AMEND_REFUND = 50, 90, 91


@dataclass(frozen=True)
class Money:
    """Sums of each order in cents, before and after its last line was taken off."""

    items: Ints
    discount: Ints
    tax: Ints
    total: Ints


@dataclass(frozen=True)
class Payments:
    """One element per payment row."""

    id: Ints
    order: Ints
    attempt: Ints
    amount: Ints
    paid_at: Ints
    late: Ints
    """Days until the source knows it."""
    purged_on: Ints
    """Day from which a failed attempt is gone; NEVER_DAY."""
    versions: Versions


@dataclass(frozen=True)
class Tables:
    """All that the source will ever show of the orders of one day."""

    orders: OrderDay
    life: Lifecycle
    before: Money
    after: Money
    header: Versions
    line: Versions
    line_gone_on: Ints
    payments: Payments


def tables_of(parameters: Parameters, dice: Dice, clock: Clock, orders: OrderDay, life: Lifecycle) -> Tables:
    """Every version of every row, with the day of the file that shows it."""
    lines = orders.lines
    last_line = np.append(lines.order[1:] != lines.order[:-1], True)
    taken_off = last_line & life.amended[lines.order]
    before, after = (
        _money(orders, np.ones(len(lines.order), dtype=np.int64)),
        _money(orders, (~taken_off).astype(np.int64)),
    )
    amended_on = clock.days_of(np.where(life.amended, life.times[:, SHIPPED], orders.placed_at))
    line_gone_on = np.where(taken_off, amended_on[lines.order], life.deleted_on[lines.order])
    return Tables(
        orders, life, before, after, _headers(clock, orders, life),
        _lines(parameters, dice, clock, orders, line_gone_on), line_gone_on,
        _payments(parameters, dice, clock, orders, life, before, after),
    )  # fmt: skip


def _money(orders: OrderDay, counted: Ints) -> Money:
    lines = orders.lines
    items, discount = orders.summed(lines.gross * counted), orders.summed(lines.discount * counted)
    tax = orders.summed(lines.tax * counted)
    return Money(items, discount, tax, items - discount + orders.shipping + tax)


def _headers(clock: Clock, orders: OrderDay, life: Lifecycle) -> Versions:
    size, states = life.times.shape
    row, state = np.repeat(np.arange(size), states), np.tile(np.arange(states), size)
    times = life.times.ravel()
    order = np.lexsort((state, times, row))
    order = order[times[order] >= 0]
    row, state = row[order], state[order]
    return seen(clock, row, state, times[order], orders.day + life.late[row], life.deleted_on[row])


def _lines(parameters: Parameters, dice: Dice, clock: Clock, orders: OrderDay, gone_on: Ints) -> Versions:
    """Lines are written once; a few a second time, unchanged but for `updated_at`."""
    lines, size = orders.lines, len(orders.lines.order)
    touched = np.flatnonzero(dice.chance("line.touched", orders.day, size, parameters.touched_line_rate))
    pause = dice.between("line.touched_after", orders.day, size, 3600, 3 * 86_400)[touched]
    row = np.concatenate([np.arange(size), touched])
    first = orders.placed_at[lines.order]
    times = np.concatenate([first, first[touched] + pause])
    order = np.lexsort((times, row))
    row = row[order]
    return seen(
        clock, row, np.zeros(len(row), dtype=np.int64), times[order], np.zeros(len(row), dtype=np.int64), gone_on[row]
    )


def _payments(
    parameters: Parameters, dice: Dice, clock: Clock, orders: OrderDay, life: Lifecycle, before: Money, after: Money
) -> Payments:
    order, attempt = np.nonzero(life.attempt_at >= 0)
    wins = life.captured_attempt[order] == attempt
    parts = [
        (
            order,
            attempt + 1,
            before.total[order],
            life.attempt_at[order, attempt],
            np.where(wins, life.captured_at[order], -1),
        )
    ]
    cancelled = np.flatnonzero(life.refunded_at >= 0)
    parts.append(
        (
            cancelled,
            np.full(len(cancelled), CANCEL_REFUND),
            -before.total[cancelled],
            life.refunded_at[cancelled],
            -np.ones(len(cancelled), dtype=np.int64),
        )
    )
    amended = np.flatnonzero(life.amended)
    at = life.times[amended, SHIPPED] + 600
    parts.append(
        (
            amended,
            np.full(len(amended), AMEND_REFUND),
            (after.total - before.total)[amended],
            at,
            -np.ones(len(amended), dtype=np.int64),
        )
    )
    back, lines = life.returns, orders.lines
    parts.append(
        (
            lines.order[back.line],
            FIRST_REFUND + lines.number[back.line],
            -back.refund,
            back.refunded_at,
            -np.ones(len(back.line), dtype=np.int64),
        )
    )
    order, attempt, amount, paid_at, captured_at = (np.concatenate([part[k] for part in parts]) for k in range(5))
    sort = np.lexsort((attempt, order))
    order, attempt, amount, paid_at, captured_at = (
        found[sort] for found in (order, attempt, amount, paid_at, captured_at)
    )
    size, day = len(order), orders.day
    late = dice.chance("payment.late", day, size, parameters.late_payment_rate) * dice.between(
        "payment.late_by", day, size, 1, 3
    )
    fails = (captured_at < 0) & (attempt < FIRST_REFUND)
    purged = fails & dice.chance("payment.purged", day, size, 1500)
    gone = np.where(purged, clock.days_of(paid_at) + 10, NEVER_DAY)
    gone = np.minimum(gone, life.deleted_on[order])
    first_state = np.where(fails, 0, np.where(attempt >= FIRST_REFUND, 3, 1))
    two = np.flatnonzero(captured_at >= 0)
    row = np.concatenate([np.arange(size), two])
    state = np.concatenate([first_state, np.full(len(two), 2)])
    times = np.concatenate([paid_at, captured_at[two]])
    sort = np.lexsort((state, times, row))
    row, state, times = row[sort], state[sort], times[sort]
    versions = seen(clock, row, state, times, clock.days_of(paid_at)[row] + late[row], gone[row])
    return Payments(
        orders.id[order] * PAYMENTS_PER_ORDER + attempt, order, attempt, amount, paid_at, late, gone, versions
    )


def first_seen(versions: Versions, size: int) -> Ints:
    """The day of the first file that shows each row; NEVER_DAY for none."""
    found = np.full(size, NEVER_DAY, dtype=np.int64)
    np.minimum.at(found, versions.row, versions.seen_on)
    return found


def shown_money(tables: Tables, row: Ints, state: Ints) -> Money:
    """The sums that each header version carries: those without the last line from shipping on."""
    later = (tables.life.amended[row]) & (state >= SHIPPED)
    return Money(
        *(
            np.where(later, getattr(tables.after, name)[row], getattr(tables.before, name)[row])
            for name in Money.__dataclass_fields__
        )
    )


assert PAID < SHIPPED
