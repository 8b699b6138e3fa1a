import { expect, it } from "vitest";
import { sentence } from "./shown";

it("makes a sentence of a server's message, and leaves names as they are", () => {
  expect(sentence("the link holds no longer")).toBe("The link holds no longer.");
  expect(sentence("tally/basket.py is not there")).toBe("tally/basket.py is not there.");
  expect(sentence("percent_off is unknown")).toBe("percent_off is unknown.");
  expect(sentence("Done already!")).toBe("Done already!");
});
