import unittest

from tally.basket import Basket, line_total


class Totals(unittest.TestCase):
    def test_a_few_cost_their_price(self):
        self.assertEqual(line_total(200, 3), 600)

    def test_many_are_cheaper(self):
        self.assertEqual(line_total(200, 25), 4500)

    def test_ten_are_cheaper_already(self):
        basket = Basket()
        basket.add("pen", 200, quantity=10)
        self.assertEqual(basket.total(), 1800)

    def test_the_same_thing_twice_is_one_line(self):
        basket = Basket()
        basket.add("pen", 200, quantity=8)
        basket.add("pen", 200, quantity=7)
        basket.add("ink", 550)
        self.assertEqual(basket.total(), 3250)


if __name__ == "__main__":
    unittest.main()
