"""What becomes of the orders of a day: payment attempts, shipping, cancellation, returns, removal; and in which file
each state of a row is seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lake.generator.clock import DAY, HOUR, Clock
from lake.generator.orders import CASH, INVOICE, TRANSFER, OrderDay
from lake.generator.parameters import Parameters
from lake.generator.randomness import Bools, Dice, Ints, rounded_share

NEVER_DAY = 1 << 30
ATTEMPTS = 3
LONGEST_LIFE = 75
"""Days after which nothing about an order changes."""
STATUSES = ("placed", "paid", "shipped", "delivered", "cancelled", "returned")
PLACED, PAID, SHIPPED, DELIVERED, CANCELLED, RETURNED = range(6)


@dataclass(frozen=True)
class Returns:
    """One element per line that comes back."""

    line: Ints
    """Position of the order line within the day."""
    returned_at: Ints
    quantity: Ints
    refund: Ints
    refund_tax: Ints
    """The tax in the refund."""
    refunded_at: Ints
    is_odd: Bools
    """The refund differs from what was paid for the pieces."""


@dataclass(frozen=True)
class Lifecycle:
    """One element per order, times in UTC seconds, -1 where it does not happen."""

    times: Ints
    """Orders x STATUSES."""
    attempt_at: Ints
    """Orders x ATTEMPTS."""
    captured_attempt: Ints
    """Which attempt took the money; -1 none did."""
    captured_at: Ints
    refunded_at: Ints
    """The whole amount, after a cancellation."""
    amended: Bools
    """The last line is taken off when the order is shipped."""
    deleted_on: Ints
    """Day from which the order is gone from the source; NEVER_DAY."""
    late: Ints
    """Days until the source knows the order's header."""
    returns: Returns


def lived(parameters: Parameters, dice: Dice, orders: OrderDay) -> Lifecycle:
    """The whole life of the orders of one day."""
    day, size = orders.day, len(orders)

    def within(name: str, least: int, most: int) -> Ints:
        return dice.between(f"life.{name}", day, size, least, most)

    in_store = orders.channel == 2
    attempt_at, which, captured_at = _paid(parameters, dice, orders)
    failed = which < 0
    given_up = attempt_at.max(axis=1) + HOUR
    lines = np.bincount(orders.lines.order, minlength=size)
    changes_mind = ~failed & ~in_store & dice.chance("life.cancel", day, size, parameters.cancel_rate)
    deleted = dice.chance("life.delete", day, size, parameters.delete_order_rate)
    deleted_on = np.where(deleted, day + within("deleted_after", 1, 15), NEVER_DAY)
    amended = ~failed & ~in_store & ~changes_mind & ~deleted & (lines > 1)
    amended &= dice.chance("life.amend", day, size, parameters.amend_rate)
    late = np.where(dice.chance("life.late", day, size, parameters.late_order_rate), within("late", 1, 3), 0)
    late = np.where(amended | deleted, 0, late)
    cancelled_at = np.where(changes_mind, captured_at + within("cancel_after", HOUR, 20 * HOUR), -1)
    refunded_at = np.where(changes_mind, cancelled_at + within("cancel_refund", HOUR, 2 * DAY), -1)
    cancelled_at = np.where(failed, given_up, cancelled_at)
    alive = cancelled_at < 0
    shipped_at = np.where(alive & ~in_store, captured_at + within("ship", 4 * HOUR, 60 * HOUR), -1)
    delivered_at = np.where(
        alive, np.where(in_store, captured_at + 60, shipped_at + within("deliver", 20 * HOUR, 130 * HOUR)), -1
    )
    returns = _returned(parameters, dice, orders, delivered_at, late, amended | deleted)
    back_at = _wholly_back(orders, returns)
    times = np.stack([orders.placed_at, captured_at, shipped_at, delivered_at, cancelled_at, back_at], axis=1)
    return Lifecycle(times, attempt_at, which, captured_at, refunded_at, amended, deleted_on, late, returns)


def _paid(parameters: Parameters, dice: Dice, orders: OrderDay) -> tuple[Ints, Ints, Ints]:
    """(times of the attempts, the one that succeeded or -1, when the money was taken or -1)."""
    day, size = orders.day, len(orders)
    rates = (parameters.failed_payment_rate, 3000, 3000)
    at, which = np.full((size, ATTEMPTS), -1, dtype=np.int64), np.full(size, -1, dtype=np.int64)
    cash = orders.method == CASH
    now, open_ = orders.placed_at + dice.between("pay.first", day, size, 20, 600), np.ones(size, dtype=np.bool_)
    for attempt, rate in enumerate(rates):
        fails = dice.chance(f"pay.fails{attempt}", day, size, rate) & ~cash
        at[:, attempt] = np.where(open_, now, -1)
        which = np.where(open_ & ~fails, attempt, which)
        open_ = open_ & fails
        now = now + dice.between(f"pay.again{attempt}", day, size, 300, 20 * HOUR)
    slow = (orders.method == TRANSFER) | (orders.method == INVOICE)
    pause = dice.between("pay.capture", day, size, 60, 6 * HOUR)
    pause = np.where(slow, dice.between("pay.transfer", day, size, DAY, 4 * DAY), pause)
    pause = np.where(orders.channel == 2, 5, pause)
    taken = at[np.arange(size), np.maximum(which, 0)]
    return at, which, np.where(which >= 0, taken + pause, -1)


def _returned(
    parameters: Parameters, dice: Dice, orders: OrderDay, delivered_at: Ints, late: Ints, never: Bools
) -> Returns:
    """Lines that come back, in part or whole, days after delivery; of late store orders one line, within the day."""
    lines, day = orders.lines, orders.day
    size = len(lines.order)
    early = (late > 0)[lines.order] & (orders.channel == 2)[lines.order] & (lines.number == 1)
    back = dice.chance("return.happens", day, size, parameters.return_rate) | early
    back &= (delivered_at[lines.order] >= 0) & ~never[lines.order] & (lines.net > 0)
    weeks = dice.pick("return.weeks", day, size, (50, 28, 14, 8))
    after = DAY + weeks * 7 * DAY + dice.below("return.after", day, size, 7 * DAY)
    after = np.where(early, dice.between("return.early", day, size, 600, 3 * HOUR), after)
    quantity = 1 + dice.below("return.quantity", day, size, lines.quantity)
    quantity = np.where(dice.chance("return.whole", day, size, 6500), lines.quantity, quantity)
    paid = rounded_share(lines.net + lines.tax, quantity, lines.quantity)
    odd = dice.chance("return.odd", day, size, parameters.odd_refund_rate)
    refund = np.where(odd, rounded_share(paid, 85, 100), paid)
    tax = rounded_share(refund, lines.tax, np.maximum(lines.net + lines.tax, 1))
    returned_at = delivered_at[lines.order] + after
    refunded_at = returned_at + dice.between("return.refund_after", day, size, 2 * HOUR, 3 * DAY)
    at = np.flatnonzero(back)
    is_odd = odd & (refund != paid)
    return Returns(at, returned_at[at], quantity[at], refund[at], tax[at], refunded_at[at], is_odd[at])


def _wholly_back(orders: OrderDay, returns: Returns) -> Ints:
    """When the last piece of an order came back; -1 where something was kept."""
    size = len(orders)
    pieces, latest = np.zeros(size, dtype=np.int64), np.full(size, -1, dtype=np.int64)
    order = orders.lines.order[returns.line]
    np.add.at(pieces, order, returns.quantity)
    np.maximum.at(latest, order, returns.returned_at)
    return np.where(pieces == orders.summed(orders.lines.quantity), latest, -1)


@dataclass(frozen=True)
class Versions:
    """States of rows as files show them: the last state of a row in a file, in the order (row, time)."""

    row: Ints
    state: Ints
    updated_at: Ints
    seen_on: Ints
    """Day of the file."""

    def on(self, day: int) -> Ints:
        """Positions of the versions that the day's file shows."""
        return np.flatnonzero(self.seen_on == day)


def seen(clock: Clock, row: Ints, state: Ints, updated_at: Ints, not_before: Ints, gone_on: Ints) -> Versions:
    """Collapse states, given in the order (row, time), to the last one of each row and file.

    `not_before`: day until which the source kept the row to itself; `gone_on`: day from which it no longer has it.
    """
    on = np.maximum(clock.days_of(updated_at), not_before)
    last = np.ones(len(row), dtype=np.bool_)
    last[:-1] = (row[1:] != row[:-1]) | (on[1:] != on[:-1])
    keep = np.flatnonzero(last & (on < gone_on))
    return Versions(row[keep], state[keep], updated_at[keep], on[keep])
