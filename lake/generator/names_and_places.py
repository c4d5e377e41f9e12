"""Word lists of four languages: countries with their money and tax, towns, people, e-mail domains, goods."""

from __future__ import annotations

COUNTRIES = ("France", "Germany", "Spain", "United Kingdom", "Belgium", "Switzerland", "United States")
COUNTRY_WEIGHTS = (44, 20, 13, 11, 5, 4, 3)
COUNTRY_LANGUAGE = (0, 1, 2, 3, 0, 1, 3)
COUNTRY_CURRENCY = (0, 0, 0, 1, 0, 2, 3)
TAX_PERCENT = (20, 19, 21, 20, 21, 8, 7)
LANGUAGES = ("fr", "de", "es", "en")
CURRENCIES = ("EUR", "GBP", "CHF", "USD")
PRICE_LIST = (1000, 860, 970, 1090)
"""Thousandths: the price in a currency for one euro of list price. A price list, not a rate of exchange."""

CITIES = (
    ("Paris", "Lyon", "Marseille", "Nîmes", "Besançon", "Saint-Étienne", "Orléans", "Angoulême", "Le Havre",
     "L'Haÿ-les-Roses"),
    ("Berlin", "München", "Köln", "Düsseldorf", "Würzburg", "Saarbrücken", "Görlitz", "Hamburg", "Gießen", "Lübeck"),
    ("Madrid", "Barcelona", "Málaga", "Cádiz", "A Coruña", "León", "Córdoba", "Logroño", "Almería", "Ávila"),
    ("London", "Leeds", "Bristol", "Newcastle upon Tyne", "Cardiff", "Glasgow", "Stoke-on-Trent", "York", "Bath",
     "Ely"),
    ("Bruxelles", "Liège", "Namur", "Charleroi", "Mons", "Tournai", "Arlon", "Dinant", "Huy", "Nivelles"),
    ("Zürich", "Bern", "Luzern", "Genève", "Neuchâtel", "St. Gallen", "Chur", "Basel", "Köniz", "Thun"),
    ("New York", "Boston", "Chicago", "Austin", "Seattle", "Portland", "San José", "Denver", "Miami", "Cañon City"),
)  # fmt: skip

FIRST_NAMES = (
    (("Chloé", "Zoé", "Anaïs", "Hélène", "Françoise", "Marie", "Inès", "Noémie", "Camille", "Agnès", "Léa",
      "Maëlle"),
     ("Jérôme", "François", "Théo", "Loïc", "Rémi", "Jean-Noël", "Benoît", "Hugo", "Gaël", "Étienne", "Louis",
      "Cédric")),
    (("Jürgena", "Käthe", "Birgit", "Bärbel", "Anneliese", "Sophie", "Grete", "Heike", "Ute", "Lotte", "Jule", "Mia"),
     ("Jürgen", "Günter", "Björn", "Sören", "Matthäus", "Lukas", "Jörg", "Ralf", "Götz", "Uwe", "Kai", "Henrik")),
    (("María", "Lucía", "Begoña", "Sofía", "Inés", "Ángela", "Nuria", "Marta", "Rocío", "Elena", "Concepción",
      "Aránzazu"),
     ("José", "Íñigo", "Ramón", "Andrés", "Jesús", "Óscar", "Álvaro", "Pablo", "Nicolás", "Raúl", "Javier", "Martín")),
    (("Emma", "Olivia", "Charlotte", "Zoë", "Siobhan", "Grace", "Ruby", "Alice", "Chloe", "Renée", "Poppy", "Daisy"),
     ("Oliver", "Harry", "George", "Noah", "Jack", "Seán", "Liam", "Oscar", "Arthur", "Theo", "Finn", "Max")),
)  # fmt: skip
LAST_NAMES = (
    ("Lefèvre", "Müller-Roy", "Dupré", "Gauthier", "D'Hérouville", "Béranger", "Noël", "Fournier", "Guérin", "Côté",
     "Bernard", "Leroy", "Mercier", "Forêt", "Château", "Desnoëttes"),
    ("Müller", "Schröder", "Weiß", "Krüger", "Größmann", "Vögele", "Bäcker", "Schäfer", "Köhler", "Jäger", "Voß",
     "Fischer", "Böhm", "Hübner", "Lang", "Strauß"),
    ("García", "Muñoz", "Núñez", "Ibáñez", "Peña", "Gómez", "Jiménez", "Ordóñez", "López", "Cañizares", "Sánchez",
     "Martínez", "Yáñez", "Rodríguez", "Vázquez", "Castaño"),
    ("Smith", "O'Connor", "Brontë", "Taylor", "Fiennes-Clinton", "Walker", "Hughes", "Ng", "Wright", "St. John",
     "Baker", "Clarke", "Evans", "McDonald", "Thompson", "O'Neill"),
)  # fmt: skip

EMAIL_DOMAINS = ("gmail.com", "outlook.com", "orange.fr", "web.de", "correo.es", "btinternet.com", "posteo.net")
EMAIL_DOMAIN_WEIGHTS = (40, 20, 12, 10, 6, 6, 6)
DOTS_DO_NOT_COUNT = frozenset({"gmail.com"})
PLUS_TAGS_DO_NOT_COUNT = frozenset({"gmail.com", "outlook.com"})

DEPARTMENTS = {
    "Cuisine": ("Thé & café", "Cuisson", "Couverts"),
    "Maison": ("Luminaires", "Textiles", "Rangement"),
    "Jardin": ("Outils", "Pots & bacs", "Mobilier d'été"),
    "Papeterie": ("Carnets", "Écriture", "Cadeaux"),
}
SHELVES = ("Essentiels", "Créateurs")
GOODS = (
    ("Théière", "Cafetière", "Tasse", "Sucrier"), ("Casserole", "Poêle", "Cocotte", "Moule à gâteau"),
    ("Fourchette", "Couteau", "Cuillère", "Louche"), ("Lampe", "Bougeoir", "Guirlande", "Lanterne"),
    ("Coussin", "Plaid", "Nappe", "Rideau"), ("Boîte", "Panier", "Étagère", "Crochet"),
    ("Sécateur", "Arrosoir", "Râteau", "Bêche"), ("Pot", "Jardinière", "Bac", "Cache-pot"),
    ("Chaise longue", "Parasol", "Hamac", "Tabouret"), ("Carnet", "Agenda", "Cahier", "Album"),
    ("Stylo", "Crayon", "Encre", "Plume"), ("Carte", "Ruban", "Papier cadeau", "Coffret"),
)  # fmt: skip
STYLES = ("Lune", "Forêt", "Océan", "Été", "Nuit", "Safran", "Grège", "Blé", "Corail", "Ardoise", "Cèdre", "Côté Sud",
          "Übermut", "Niña", "Œillet", "Brume")  # fmt: skip
BRANDS = ("Maison Hélios", "Atelier Nørd", "Böhm & Söhne", "La Niña", "Old Mill", "Sans Marque", "Café Noir", "Zwölf")
