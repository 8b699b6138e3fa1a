// A cron line in words. What it means is the server's to say (it tells the next times); this is to be read.
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const NAMES: Record<string, number> = Object.fromEntries([...DAYS.map((day, index) => [day.slice(0, 3).toLowerCase(), index] as const), ...MONTHS.map((month, index) => [month.slice(0, 3).toLowerCase(), index + 1] as const)]);

function number(text: string): number | null {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  return NAMES[text.toLowerCase()] ?? null;
}

function listed(parts: readonly string[]): string {
  return parts.length < 2 ? (parts[0] ?? "") : `${parts.slice(0, -1).join(", ")} and ${parts[parts.length - 1] ?? ""}`;
}

/** A field's items in words, `null` for what is not understood. */
function items(field: string, name: (value: number) => string | undefined, unit: string): string | null {
  const parts = field.split(",").map((item) => {
    const step = /^(.+)\/(\d+)$/.exec(item);
    if (step) return step[1] === "*" ? `every ${step[2] ?? ""} ${unit}s` : null;
    const [from, to, more] = item.split("-").map(number);
    if (from === null || from === undefined || to === null || more !== undefined) return null;
    const first = name(from);
    const last = to === undefined ? "" : name(to);
    return first === undefined || last === undefined ? null : last ? `${first} to ${last}` : first;
  });
  return parts.every((part) => part !== null) ? listed(parts as string[]) : null;
}

const day = (value: number) => DAYS[value % 7];
const month = (value: number) => MONTHS[value - 1];
const two = (value: number) => String(value).padStart(2, "0");

/** `0 3 * * 1-5` is "at 03:00, Monday to Friday"; empty for what is not understood. */
export function cronWords(cron: string): string {
  const [minute = "", hour = "", date = "", months = "", weekday = "", ...more] = cron.trim().split(/\s+/);
  if (!weekday || more.length) return "";
  const time = timeWords(minute, hour);
  const words = [
    time,
    date === "*" ? "" : items(date, (value) => String(value), "day"),
    weekday === "*" ? "" : items(weekday, day, "day"),
    months === "*" ? "" : items(months, month, "month"),
  ];
  if (words.includes(null)) return "";
  const [at, dates, days, ofYear] = words as string[];
  const on = [dates && (dates.startsWith("every") ? dates : `on day ${dates} of the month`), days].filter(Boolean).join(" or ");
  const daily = !on && !/^every/.test(at ?? "") ? "every day" : "";
  return [at, on || daily, ofYear && (ofYear.startsWith("every") ? ofYear : `in ${ofYear}`)].filter(Boolean).join(", ");
}

function timeWords(minute: string, hour: string): string | null {
  const minutes = number(minute);
  if (minutes !== null && number(hour) !== null) return `at ${two(number(hour) as number)}:${two(minutes)}`;
  if (minutes !== null && /^\d+(,\d+)+$/.test(hour)) return `at ${listed(hour.split(",").map((one) => `${two(Number(one))}:${two(minutes)}`))}`;
  if (minute === "*" && hour === "*") return "every minute";
  const step = /^\*\/(\d+)$/.exec(minute);
  if (step && hour === "*") return `every ${step[1] ?? ""} minutes`;
  if (minutes !== null && hour === "*") return minutes === 0 ? "every hour" : `every hour, ${minutes} minutes past`;
  const hours = /^\*\/(\d+)$/.exec(hour);
  if (minutes !== null && hours) return `every ${hours[1] ?? ""} hours${minutes ? `, ${minutes} minutes past` : ""}`;
  const range = /^(\d+)-(\d+)$/.exec(hour);
  if (range) {
    const often = minutes !== null ? (minutes ? `every hour, ${minutes} minutes past,` : "every hour") : step ? `every ${step[1] ?? ""} minutes` : minute === "*" ? "every minute" : null;
    return often && `${often} from ${two(Number(range[1]))} to ${two(Number(range[2]))} o'clock`;
  }
  return null;
}
