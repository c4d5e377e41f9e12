"""Each promise about the shop's behaviour, against the parameter that makes it."""

from __future__ import annotations

from collections import Counter
from datetime import date
from functools import cache

import numpy as np
import pytest

from lake.generator import names_and_places as words
from lake.generator import people
from lake.generator.clock import Clock, day_number, iso, stamps
from lake.generator.customers import NEVER
from lake.generator.lifecycle import CANCELLED, DELIVERED, PAID, PLACED, RETURNED, SHIPPED, lived
from lake.generator.order_tables import Tables, tables_of
from lake.generator.orders import OrderDay
from lake.generator.parameters import Parameters
from lake.generator.returns_file import as_read
from lake.generator.source_days import SourceDays

DAYS = 120
EPOCH = day_number(date(2024, 1, 1))


@cache
def lived_through() -> tuple[SourceDays, list[OrderDay], list[Tables]]:
    """120 days of a shop with many orders; no file is written."""
    parameters = Parameters(seed=3, orders_per_day=300, first_products=120)
    source = SourceDays(parameters, EPOCH + DAYS)
    placed, tables = [], []
    for day in range(EPOCH, EPOCH + DAYS):
        orders = source.orders.place(day)
        placed.append(orders)
        life = lived(parameters, source.dice, orders)
        tables.append(tables_of(parameters, source.dice, source.clock, orders, life))
    return source, placed, tables


def test_orders_follow_week_season_holiday_and_growth() -> None:
    source, placed, _ = lived_through()
    parameters, expected = source.parameters, source.orders.expected
    monday, saturday = (expected(day_number(date(2024, 3, day))) for day in (11, 16))
    assert saturday / monday == pytest.approx(parameters.weekday_percent[5] / parameters.weekday_percent[0], abs=0.03)
    assert expected(day_number(date(2024, 1, 1))) < 0.5 * expected(day_number(date(2024, 1, 8)))
    december, august = (expected(day_number(date(2024, month, 13))) for month in (12, 8))
    assert december > 1.5 * august
    later, now = (expected(day_number(date(year, 3, 11))) for year in (2027, 2024))
    assert later / now == pytest.approx(1 + 3 * parameters.growth_percent_a_year / 100, abs=0.1)
    for orders in placed:
        shelf = source.catalogue.shelf(orders.day)
        lift = np.average(
            source.promotions.effect(orders.day, shelf.leaf) / 100, weights=shelf.popularity * shelf.on_sale
        )
        whole = expected(orders.day) / 100 * _noise(source, orders.day) * float(lift)
        assert len(orders) == pytest.approx(whole, rel=0.005, abs=1)


def test_orders_follow_the_hours_and_stay_within_their_day() -> None:
    source, placed, _ = lived_through()
    hours: Counter[int] = Counter()
    for orders in placed:
        start = source.clock.midnight(orders.day)
        assert start <= orders.placed_at[0] and orders.placed_at[-1] < start + source.clock.length(orders.day)
        assert (np.diff(orders.placed_at) >= 0).all() and (np.diff(orders.id) == 1).all()
        if source.clock.length(orders.day) == 86_400:
            hours.update(((orders.placed_at - start) // 3600).tolist())
    weights, total = source.parameters.hour_weights, sum(hours.values())
    for hour, weight in enumerate(weights):
        assert hours[hour] / total == pytest.approx(weight / sum(weights), abs=0.004)


def test_customers_and_products_have_long_tails_and_baskets_too() -> None:
    source, placed, _ = lived_through()
    per_customer = Counter(np.concatenate([orders.customer for orders in placed]).tolist())
    del per_customer[-1]
    most = sorted(per_customer.values(), reverse=True)
    top_tenth = sum(most[: len(most) // 10]) / sum(most)
    assert top_tenth > 0.35 and sum(most) > 2 * len(most)
    sold = Counter(np.concatenate([orders.lines.product for orders in placed]).tolist())
    amounts = sorted(sold.values(), reverse=True)
    assert sum(amounts[: len(amounts) // 5]) / sum(amounts) > 0.4
    lines = np.concatenate([np.bincount(orders.lines.order) for orders in placed])
    weights = source.parameters.basket_weights
    for size, weight in enumerate(weights[:5], start=1):
        assert (lines == size).mean() == pytest.approx(weight / sum(weights), abs=0.012)
    assert lines.max() > 9


def test_a_promotion_multiplies_the_sales_of_its_scope_by_what_it_says() -> None:
    """Chance of a line to be in the scope: weight x effect over all weights x effects, day by day; within 4 sigma."""
    source, placed, _ = lived_through()
    seen = {"with": 0, "without": 0}
    for promotion in source.promotions.announced(EPOCH + DAYS):
        observed, expected, plain = 0, 0.0, 0.0
        for orders in placed:
            if not promotion.first <= orders.day <= promotion.last:
                continue
            shelf = source.catalogue.shelf(orders.day)
            scope = promotion.covers(shelf.leaf)
            base = np.where(shelf.on_sale, shelf.popularity, 0).astype(float)
            others = np.ones(len(base))
            for other in source.promotions.active(orders.day):
                if other is not promotion:
                    others = np.where(other.covers(shelf.leaf), others * other.sales_percent / 100, others)
            mine = np.where(scope, promotion.sales_percent / 100, 1.0)
            whole = (
                source.orders.expected(orders.day) / 100 * _noise(source, orders.day) * _mean_lines(source.parameters)
            )
            expected += whole * (base * others * mine)[scope].sum() / base.sum()
            plain += whole * (base * others)[scope].sum() / base.sum()
            observed += int(scope[orders.lines.product].sum())
        if expected < 100:
            continue
        # the number of lines of an order is not fixed: the variance is up to twice that of single draws
        assert abs(observed - expected) < 4 * np.sqrt(2 * expected) + 0.01 * expected, promotion.id
        if promotion.sales_percent >= 160:
            assert observed > 1.3 * plain
        seen["with" if promotion.sales_percent > 100 else "without"] += 1
    assert seen["with"] >= 8 and seen["without"] >= 3


def _noise(source: SourceDays, day: int) -> float:
    noise = source.parameters.noise_percent
    return (100 - noise + source.dice.one("orders.noise", day, 2 * noise + 1)) / 100


def _mean_lines(parameters: Parameters) -> float:
    weights = parameters.basket_weights
    return sum(size * weight for size, weight in enumerate(weights, start=1)) / sum(weights)


def test_discounts_are_those_of_the_promotion_that_the_line_names() -> None:
    source, placed, _ = lived_through()
    kinds: Counter[str] = Counter()
    for orders in placed:
        lines, leaf = orders.lines, source.catalogue.leaf(orders.day)
        amounts: Counter[tuple[int, int]] = Counter()
        for at in np.flatnonzero(lines.discount > 0).tolist():
            gross, number = int(lines.gross[at]), int(lines.promotion[at])
            if number < 0:
                assert orders.channel[lines.order[at]] == 3 and lines.discount[at] == (gross * 5 + 50) // 100
                kinds["by phone"] += 1
                continue
            promotion = source.promotions.promotion(number)
            assert promotion.first <= orders.day <= promotion.last
            kinds[promotion.kind] += 1
            if promotion.code is not None:
                assert orders.coupon[lines.order[at]] == number
            if promotion.kind == "amount":
                amounts[int(lines.order[at]), promotion.value] += int(lines.discount[at])
                continue
            assert promotion.covers(leaf)[lines.product[at]]
            quantity, price = int(lines.quantity[at]), int(lines.unit_price[at])
            half = quantity // 2 * price
            assert lines.discount[at] == (half if promotion.kind == "bogo" else (gross * promotion.value + 50) // 100)
        for (_, value), given in amounts.items():
            assert given == value
        free = [source.promotions.promotion(k).kind == "shipping" if k >= 0 else False for k in orders.coupon.tolist()]
        assert not orders.shipping[free].any()
        kinds["shipping"] += sum(free)
    assert set(kinds) == {"by phone", "percent", "bogo", "amount", "shipping"}


def test_prices_taxes_and_shipping_are_those_of_the_country() -> None:
    _, placed, _ = lived_through()
    found = set()
    for orders in placed:
        lines = orders.lines
        percent = np.array(words.TAX_PERCENT)[orders.country][lines.order]
        assert (abs(lines.tax * 100 - lines.net * percent) <= 50).all()
        found |= {words.CURRENCIES[position] for position in orders.currency.tolist()}
        net = orders.summed(lines.net)
        rate = np.array(words.PRICE_LIST)[orders.currency]
        dear = net * 1000 >= 5001 * rate
        assert not orders.shipping[dear].any() and not orders.shipping[orders.channel == 2].any()
        assert set(np.unique(orders.shipping[orders.currency == 0]).tolist()) <= {0, 490}
    assert found == {"EUR", "GBP", "CHF", "USD"}


def test_catalogue_changes_over_time() -> None:
    source, _, _ = lived_through()
    catalogue, first, last = source.catalogue, EPOCH, EPOCH + DAYS - 1
    assert (catalogue.price(first) != catalogue.price(last)).mean() > 0.5
    assert len(catalogue.present(last)) > len(catalogue.present(first)) - (catalogue.removed <= last).sum()
    assert (catalogue.launched > first).sum() == DAYS // source.parameters.launch_every_days
    for changes in (catalogue.renames, catalogue.moves, catalogue.withdrawn, catalogue.removed):
        assert (changes <= last).any()
    renamed = int(np.flatnonzero(catalogue.renames <= last)[0])
    day = int(catalogue.renames[renamed])
    assert catalogue.name(renamed, day - 1) != catalogue.name(renamed, day)
    assert catalogue.updated_on(day)[renamed] == day
    withdrawn = int(np.flatnonzero(catalogue.withdrawn <= last)[0])
    assert not catalogue.shelf(last).on_sale[withdrawn]


def test_customers_move_rename_leave_and_stop_buying() -> None:
    source, placed, _ = lived_through()
    book, last = source.customers, EPOCH + DAYS - 1
    count = book.count(last)
    for days, rate in ((book.life.moves, 2500), (book.life.renames, 1500), (book.life.closes, 800)):
        assert (days < NEVER).mean() == pytest.approx(rate / 10_000, abs=0.03)
    closed = np.flatnonzero(book.life.closes <= last)
    orders_after = [
        orders.day
        for orders in placed
        for position in np.intersect1d(orders.customer, closed)
        if book.life.closes[position] <= orders.day
    ]
    assert len(closed) and not orders_after
    moved = np.flatnonzero((book.life.moves <= last) & (book.life.closes > last))[:1]
    on = int(book.life.moves[moved[0]])
    before, after = book.rows(on - 1, moved)[0], book.rows(on, moved)[0]
    assert before[:5] == after[:5] and before[6] != after[6] and before[10] < after[10]  # type: ignore[operator]
    assert len(set(book.email)) == count


def test_guests_register_later_and_their_addresses_are_one_mailbox() -> None:
    source, placed, _ = lived_through()
    book = source.customers
    guests = sum((orders.customer < 0).sum() for orders in placed)
    assert guests / sum(len(orders) for orders in placed) == pytest.approx(0.14, abs=0.01)
    variants: Counter[str] = Counter()
    for orders in placed[-20:]:
        for at, who in enumerate(orders.guest):
            if who is None:
                assert orders.guest_email[at] is None
                continue
            found = book.guests[who[0]]
            assert orders.day < found.registers_on[who[1]]
            assert mailbox(orders.guest_email[at] or "") == mailbox(found.email[who[1]])
            variants[orders.variant[at]] += 1
    assert set(variants) == {"", "case", "dots", "plus_tag"}
    former = [position for position, (_, at) in enumerate(book.guest_of) if at >= 0]
    assert len(former) > 200
    namesakes = [
        (day, at) for day, found in book.guests.items() for at, twin in enumerate(found.namesake_of) if twin >= 0
    ]
    assert namesakes
    for day, at in namesakes:
        address, theirs = book.guests[day].email[at], book.email[book.guests[day].namesake_of[at]]
        assert mailbox(address) != mailbox(theirs) and address.replace(".", "") == theirs.replace(".", "")
    every = [mailbox(address) for address in book.email]
    assert len(set(every)) == len(every)


def mailbox(address: str) -> str:
    """The mailbox behind an address: case never counts, dots and tags not everywhere."""
    local, domain = address.strip().lower().split("@")
    if domain == "gmail.com":
        local = local.replace(".", "")
    return f"{local.split('+')[0] if domain in ('gmail.com', 'outlook.com') else local}@{domain}"


def test_orders_go_through_their_states_in_time() -> None:
    source, _, tables = lived_through()
    times = np.concatenate([each.life.times for each in tables])
    for earlier, later in (
        (PLACED, PAID),
        (PAID, SHIPPED),
        (SHIPPED, DELIVERED),
        (DELIVERED, RETURNED),
        (PLACED, CANCELLED),
    ):
        both = (times[:, earlier] >= 0) & (times[:, later] >= 0)
        assert both.any() and (times[both, earlier] < times[both, later]).all()
    cancelled = times[:, CANCELLED] >= 0
    assert (times[cancelled][:, [SHIPPED, DELIVERED, RETURNED]] == -1).all()
    failed = np.concatenate([each.life.captured_attempt for each in tables])
    tries = np.concatenate([(each.life.attempt_at >= 0).sum(axis=1) for each in tables])
    assert (tries > 1).mean() == pytest.approx(source.parameters.failed_payment_rate / 10_000, abs=0.01)
    assert (failed < 0).any() and (tries[failed < 0] == 3).all()


def test_returns_come_days_later_in_part_or_whole_and_refunds_differ() -> None:
    source, _, tables = lived_through()
    parameters = source.parameters
    delays, parts, odd, lines = [], [], [], 0
    for each in tables:
        back, sold = each.life.returns, each.orders.lines
        order = sold.order[back.line]
        delays += ((back.returned_at - each.life.times[order, DELIVERED]) / 86_400).tolist()
        parts += (back.quantity < sold.quantity[back.line]).tolist()
        odd += back.is_odd.tolist()
        lines += len(sold.order)
        paid = ((sold.net + sold.tax) * 1.0)[back.line] * back.quantity / sold.quantity[back.line]
        assert (abs(back.refund - paid)[~back.is_odd] <= 0.5).all() and (back.refund <= paid + 0.5).all()
        taxed = back.refund * (sold.tax / (sold.net + sold.tax))[back.line]
        assert (abs(back.refund_tax - taxed) <= 0.5).all()
        assert (back.quantity >= 1).all() and (back.quantity <= sold.quantity[back.line]).all()
    assert len(delays) / lines == pytest.approx(parameters.return_rate / 10_000, rel=0.15)
    assert np.mean(odd) == pytest.approx(parameters.odd_refund_rate / 10_000, abs=0.03)
    assert 0.02 < np.mean(parts) < 0.3 and np.quantile(delays, 0.9) > 12 and max(delays) < 30


def test_moods_follow_promotions_and_posts_mention_by_name_tag_id_or_not_at_all() -> None:
    source, _, _ = lived_through()
    moods: dict[bool, list[int]] = {True: [], False: []}
    ways: Counter[str] = Counter()
    for day in range(EPOCH, EPOCH + DAYS, 4):
        active = source.promotions.active(day)
        leaf = source.catalogue.leaf(day)
        for one in source.social.interactions(day):
            about = one.about_product
            if about is not None:
                lifted = [p.mood for p in active if p.covers(leaf)[about - 100]]
                moods[sum(lifted) > 15].append(one.score)
                way = "id" if one.mentioned_products else "tag" if one.tags or one.text is None else "name"
                ways[way] += 1
                if way == "name" and one.text:
                    assert source.catalogue.name(about - 100, day) in one.text
            ways["campaign"] += one.about_campaign is not None
            ways["promotion"] += one.about_promotion is not None
            ways["nothing"] += about is None and one.about_campaign is None and one.about_promotion is None
            if one.kind == "comment":
                assert one.parent is not None
    assert set(ways) == {"id", "tag", "name", "campaign", "promotion", "nothing"}
    assert np.mean(moods[True]) > np.mean(moods[False]) + 10


def test_promotions_multiply_the_views_of_their_products() -> None:
    source, placed, _ = lived_through()
    views = {True: 0, False: 0}
    expected = {True: 0.0, False: 0.0}
    for orders in placed[10::6]:
        shelf = source.catalogue.shelf(orders.day)
        lift = source.promotions.effect(orders.day, shelf.leaf, "visits_percent")
        hits = source.web.looking(orders.day)
        seen = hits.target[hits.page == 2] - 100
        weight = np.where(shelf.on_sale, shelf.popularity, 0) / shelf.popularity[shelf.on_sale].sum()
        pages = len(seen) / (weight * lift / 100).sum()
        for is_lifted in views:
            inside = (lift > 100) == is_lifted
            views[is_lifted] += int(inside[seen].sum())
            expected[is_lifted] += pages * float((weight * lift / 100)[inside].sum())
    for is_lifted, count in views.items():
        assert count == pytest.approx(expected[is_lifted], rel=0.03)


def test_local_days_know_the_nights_when_the_clocks_change() -> None:
    clock = Clock("Europe/Paris")
    spring, autumn = day_number(date(2024, 3, 31)), day_number(date(2024, 10, 27))
    assert (clock.length(spring), clock.length(autumn), clock.length(spring + 1)) == (82_800, 90_000, 86_400)
    moments = np.array([clock.midnight(autumn) + hour * 3600 for hour in range(25)])
    assert clock.offsets(moments).tolist() == [7200] * 3 + [3600] * 22
    assert clock.days_of(moments).tolist() == [autumn] * 25
    # 02:30 comes twice: as local minutes both are the first
    first, second = clock.midnight(autumn) + 9000, clock.midnight(autumn) + 12_600
    assert as_read(np.array([first + 7, second + 7]), clock).tolist() == [first, first]
    assert stamps(np.array([0, 86_399, -1]), "Z") == ["1970-01-01T00:00:00Z", "1970-01-01T23:59:59Z", ""]
    assert iso(autumn) == "2024-10-27"


def test_names_and_addresses_are_of_four_languages() -> None:
    letters = {letter for country in words.LAST_NAMES for name in country for letter in name}
    assert {"ß", "ñ", "é", "ü", "'", "ë"} <= letters
    assert people.plain("D'Hérouville-Größe") == "dherouvillegrosse"
    assert people.variant("a.b1@orange.fr", 0)[1] == "case", "dots and tags are other mailboxes there"
