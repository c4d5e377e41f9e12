"""Everything about the demo shop that may be turned, each with what it means. Chances are per ten thousand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Parameters:
    """One shop: the same parameters give the same files. A fact that a field fixes is checked by a test of its name."""

    seed: int = 7
    epoch: date = date(2024, 1, 1)
    """First day of the shop's life; state on any later day follows from it."""
    orders_per_day: int = 200
    """Mean of an ordinary day in the first weeks, before week, season, growth and promotions."""
    zone: str = "Europe/Paris"
    currency: str = "EUR"
    key_window_days: int = 400
    """The key lists name the orders of so many days; older keys lie below `key_scope.first_key`."""

    # when
    growth_percent_a_year: int = 25
    weekday_percent: tuple[int, ...] = (96, 90, 94, 100, 112, 120, 88)
    """Monday to Sunday."""
    month_percent: tuple[int, ...] = (92, 90, 95, 98, 100, 97, 93, 85, 99, 104, 118, 135)
    holiday_percent: tuple[tuple[int, int, int], ...] = (
        (1, 1, 40),
        (5, 1, 60),
        (7, 14, 60),
        (11, 29, 210),
        (12, 25, 25),
    )
    """(month, day, percent): days that sell far less or more."""
    noise_percent: int = 12
    """A day's orders differ by up to so many percent from what is expected."""
    hour_weights: tuple[int, ...] = (
        6, 3, 2, 1, 1, 2, 6, 14, 24, 34, 40, 42, 46, 40, 36, 36, 40, 46, 52, 58, 60, 52, 34, 16,
    )  # fmt: skip
    """Orders and visits by local hour."""

    # who
    first_customers_per_order: int = 4
    """Customers that exist on the first day, for each order of an ordinary day."""
    signup_rate: int = 800
    """Fresh customers a day, per ten thousand orders of an ordinary day."""
    activity_weights: tuple[int, ...] = (1, 2, 4, 8, 16, 40, 110)
    """How often a customer buys; the rarer the weight, the greater: a long tail."""
    activity_chances: tuple[int, ...] = (3600, 2600, 1800, 1100, 600, 240, 60)
    lifetime_days: tuple[int, ...] = (20, 60, 150, 400, 1500)
    """A customer stops buying after about so many days."""
    lifetime_chances: tuple[int, ...] = (2200, 2000, 2200, 2200, 1400)
    move_rate: int = 2500
    """Customers who move once, within 400 days of signing up (or of the first day)."""
    rename_rate: int = 1500
    close_rate: int = 800
    """Customers whose account is removed from the source."""
    guest_rate: int = 1400
    """Orders of guests, known by e-mail alone."""
    returning_guest_rate: int = 4500
    """Guest orders by somebody who was a guest before."""
    registering_guest_rate: int = 3500
    """Guests who register, 3 to 50 days after their first order."""
    variant_rate: int = 4500
    """E-mail addresses of guests and loyalty sign-ups that are written in another way."""
    namesake_rate: int = 150
    """Guests whose address is another customer's but for dots that count: another person."""
    handle_rate: int = 3000
    """Customers who declare a social handle."""

    # what
    first_products: int = 240
    launch_every_days: int = 6
    popularity_skew: int = 4
    """The nth product sells as 1 / (n + skew): smaller is more skewed."""
    price_period_days: tuple[int, int] = (35, 110)
    """A product's price changes after so many days, from least to greatest."""
    product_rename_rate: int = 1200
    recategorise_rate: int = 800
    withdraw_rate: int = 1500
    remove_rate: int = 4000
    """Withdrawn products that vanish from the source 10 days later."""

    # baskets
    basket_weights: tuple[int, ...] = (380, 230, 145, 90, 55, 35, 22, 14, 10, 7, 5, 4, 2, 1)
    """Orders of 1, 2, 3, ... lines."""
    quantity_weights: tuple[int, ...] = (760, 140, 40, 22, 14, 12, 0, 0, 0, 8, 0, 4)
    """Lines of 1, 2, 3, ... pieces."""
    channel_weights: tuple[int, ...] = (52, 24, 18, 6)
    """web, app, store, phone."""
    coupon_rate: int = 1200
    phone_discount_rate: int = 3000
    """Phone orders with 5 % off that no promotion explains."""
    free_shipping_from: int = 5000
    """Cents of the shop's currency."""
    shipping_price: int = 490

    # promotions
    promotion_every_days: int = 4
    effect_percents: tuple[int, ...] = (100, 130, 160, 200, 260)
    """By how much a promotion multiplies the sales of its scope; 100: without any effect."""
    effect_weights: tuple[int, ...] = (30, 22, 22, 16, 10)
    endless_rate: int = 1500
    """Promotions exported without an end until they have ended."""
    unknown_product_rate: int = 1000

    # afterwards
    failed_payment_rate: int = 600
    cancel_rate: int = 250
    amend_rate: int = 60
    """Orders that lose their last line when they are shipped."""
    delete_order_rate: int = 40
    return_rate: int = 700
    """Lines that come back, in part or whole."""
    odd_refund_rate: int = 1500
    """Refunds that differ from the price."""
    late_order_rate: int = 120
    """Orders that reach the source 1 to 3 days late; in a store some come back before."""
    late_payment_rate: int = 300
    touched_line_rate: int = 80
    """Lines that the source writes a second time, unchanged."""

    # around
    sessions_per_order: int = 4
    posts_per_order_percent: int = 30
    sentiment_rate: int = 8500
    revised_sentiment_rate: int = 800
    campaign_every_days: int = 9
    conversions_without_clicks_rate: int = 300
    revised_rate_rate: int = 500
    blacklist_every_days: int = 3
    defect_rate: int = 15
    """Records of a file that are spoilt in one way, on top of one on every second day."""
