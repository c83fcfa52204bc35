/** Days as inputs of type date have them, in the reader's time zone. Pure but for the zone. */

/** When a day like `2026-11-24` begins, milliseconds since 1970; undefined if it is none. */
export function dayStart(day: string): number | undefined {
  return dayAt(day, 0);
}

/** When the day after it begins. */
export function dayEnd(day: string): number | undefined {
  return dayAt(day, 1);
}

function dayAt(text: string, later: number): number | undefined {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? [];
  if (year === undefined || month === undefined || day === undefined) return undefined;
  return new Date(Number(year), Number(month) - 1, Number(day) + later).getTime();
}
