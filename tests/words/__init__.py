"""The catalogs of the volunteer's side: what is to be translated, and how it is kept. A tool and its tests."""
