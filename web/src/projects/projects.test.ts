import { describe, expect, it } from "vitest";
import { named } from "./connect/finish";
import { free } from "./connect/connection";
import { cronWords } from "./cron";
import { inTurn } from "./turns";
import { ports, split } from "./words";

describe("a cron line in words", () => {
  it.each([
    ["0 3 * * 1-5", "at 03:00, Monday to Friday"],
    ["30 4 * * *", "at 04:30, every day"],
    ["0 6,18 * * *", "at 06:00 and 18:00, every day"],
    ["0 6 * * mon,thu", "at 06:00, Monday and Thursday"],
    ["0 4 1 * *", "at 04:00, on day 1 of the month"],
    ["0 4 1,15 6 *", "at 04:00, on day 1 and 15 of the month, in June"],
    ["*/15 * * * *", "every 15 minutes"],
    ["* * * * *", "every minute"],
    ["0 * * * *", "every hour"],
    ["5 */2 * * *", "every 2 hours, 5 minutes past"],
    ["0 9-17 * * 1-5", "every hour from 09 to 17 o'clock, Monday to Friday"],
    ["0 3 * * 7", "at 03:00, Sunday"],
    ["0 0 13 * 5", "at 00:00, on day 13 of the month or Friday"],
  ])("%s: %s", (cron, words) => expect(cronWords(cron)).toBe(words));

  it.each(["", "0 3 * *", "0 3 * * 1 2", "x 3 * * *", "0 3 L * *", "0 3 * * mon#2", "1/2/3 * * * *"])("says nothing of %s", (cron) => expect(cronWords(cron)).toBe(""));
});

it.each([
  ["https://git.example.org/team/shop.git", "shop"],
  ["/srv/git/my shop/", "my-shop"],
  ["octo/hello.world", "hello.world"],
  ["https://git.example.org/-odd", "odd"],
])("names a project after %s", (where, name) => expect(named(where)).toBe(name));

it("finds a name that is free", () => {
  expect(free("github", [])).toBe("github");
  expect(free("github", ["github", "github-2"])).toBe("github-3");
});

it("reads lists as they are typed", () => {
  expect(split(" a, b ,,c\nd")).toEqual(["a", "b", "c", "d"]);
  expect(ports("443, 80 x 8.5")).toEqual([443, 80]);
});

it("looks at two at a time, and goes on after one that fails", async () => {
  let now = 0;
  let most = 0;
  const look = (index: number) =>
    inTurn(async () => {
      most = Math.max(most, (now += 1));
      await new Promise((resolve) => setTimeout(resolve, 2));
      now -= 1;
      if (index % 3 === 0) throw new Error("not reachable");
      return index;
    });
  const done = await Promise.allSettled(Array.from({ length: 9 }, (_, index) => look(index)));
  expect(most).toBe(2);
  expect(done.filter((one) => one.status === "fulfilled").length).toBe(6);
  expect(await inTurn(async () => 1)).toBe(1);
});
