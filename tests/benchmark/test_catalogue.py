"""public/catalog.schema.json: it is a schema, the examples fit it, and it judges as src/state/deployment does.

The program is given the same catalogues in src/state/deployment/tests.rs.
"""

import json
import unittest

import jsonschema

from support import ROOT


def read(path):
    return json.loads((ROOT / path).read_text())


SCHEMA = read("public/catalog.schema.json")
CASES = read("tests/support/catalogues.json")
JUDGE = jsonschema.Draft202012Validator(SCHEMA)


class Catalogue(unittest.TestCase):
    def test_it_is_a_schema(self):
        self.assertEqual(SCHEMA["$schema"], "https://json-schema.org/draft/2020-12/schema")
        jsonschema.Draft202012Validator.check_schema(SCHEMA)

    def test_the_examples_fit(self):
        for path in ("public/catalog.json", "deploy/catalog.example.json"):
            with self.subTest(path=path):
                JUDGE.validate(read(path))

    def test_it_judges_as_the_program(self):
        for catalogue in CASES["right"]:
            with self.subTest(catalogue=catalogue):
                JUDGE.validate(catalogue)
        for _, catalogue in CASES["wrong"]:
            with self.subTest(catalogue=catalogue):
                self.assertFalse(JUDGE.is_valid(catalogue))

    def test_what_is_too_long_or_too_much_is_wrong(self):
        long = {"label": "x" * 101, "src": "a"}
        many = [{"label": f"{n}", "src": f"{n}.csv"} for n in range(101)]
        for catalogue in ({"sources": [long]}, {"sources": many}, {"notice": "x" * 201}, {"sources": [{"label": "A", "src": "a" * 2001}]}):
            with self.subTest(keys=list(catalogue)):
                self.assertFalse(JUDGE.is_valid(catalogue))


if __name__ == "__main__":
    unittest.main()
