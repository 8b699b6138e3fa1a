import unittest

from tally.money import percent_off, text


class Money(unittest.TestCase):
    def test_half_a_cent_is_rounded_up(self):
        self.assertEqual(percent_off(5, 10), 5)
        self.assertEqual(percent_off(995, 10), 896)

    def test_text(self):
        self.assertEqual(text(1234), "12.34")
        self.assertEqual(text(5), "0.05")
