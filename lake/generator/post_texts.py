"""What people write about goods, promotions and campaigns in four languages, kind by kind of mood."""

from __future__ import annotations

TEXTS = {
    "fr": (
        ("Très déçue par {} 😡 à éviter", "{} est arrivé cassé, quelle honte…", "Plus jamais {} ! Le service est nul"),
        ("Reçu {} hier", "Quelqu'un connaît {} ?", "{} : livré en trois jours, voilà"),
        ("J'adore {} 😍", "{} est superbe, merci à l'équipe !", "Coup de cœur pour {} ❤️ très bonne qualité"),
    ),
    "de": (
        ("Völlig enttäuscht von {} 😤", "{} kam kaputt an, ärgerlich!", "Nie wieder {}, schade ums Geld"),
        ("{} ist heute angekommen", "Hat jemand {} schon getestet?", "Größe von {} wie beschrieben"),
        ("{} ist großartig 😍", "Sehr schöne Qualität: {} 👍", "Wir lieben {}, für immer!"),
    ),
    "es": (
        ("Qué decepción {} 😠", "{} llegó roto, ¡qué vergüenza!", "No compréis {}, mala calidad"),
        ("Hoy ha llegado {}", "¿Alguien conoce {}?", "{}: entregado el miércoles"),
        ("¡Me encanta {}! 😍", "{} es precioso, ¡gracias!", "Muy contenta con {} ❤️"),
    ),
    "en": (
        ("So disappointed with {} 😡", "{} broke after a day. Refund please", "Avoid {} – not worth it"),
        ("Got {} today", "Has anyone tried {}?", "{} is what it says on the box"),
        ("Love {} 😍", "{} is brilliant, well done", "Can't get enough of {} ❤️"),
    ),
}
"""language: (negative, neutral, positive) texts; {} is what they are about."""

WITHOUT_SUBJECT = {"fr": "cette boutique", "de": "den Laden hier", "es": "la tienda", "en": "this shop"}
EDITED = {"fr": "(modifié)", "de": "(bearbeitet)", "es": "(editado)", "en": "(edited)"}


def written(language: str, mood: int, choice: int, subject: str | None) -> str:
    """A text in the language; mood 0 negative, 1 neutral, 2 positive."""
    return TEXTS[language][mood][choice % 3].format(subject or WITHOUT_SUBJECT[language])


def mojibake(text: str) -> str | None:
    """The text as a program shows it that takes UTF-8 for windows-1252; None where it cannot."""
    try:
        wrong = text.encode().decode("cp1252")
    except UnicodeDecodeError:
        return None
    return None if wrong == text else wrong
