/**
 * A table of settings describes a program's configuration once: flags, variables, file keys, help
 * and types all follow from it. The key in the table is the camelCase name of the setting.
 */

/** A text turned into a value, or what is wrong with it and what to write instead. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string; readonly remedy: string };

/** Pure. The same parser reads a flag, a variable and a value of the file. */
export type Parser<T> = (text: string) => Parsed<T>;

export interface Setting<T> {
  /** One line for `--help`, without a full stop. */
  readonly description: string;
  /** What stands behind the flag in `--help`, for example `HOST:PORT`; without one it is a switch. */
  readonly placeholder?: string;
  readonly parse: Parser<T>;
  /** The value when no source names one. */
  readonly default: T;
  /** How `--help` words the default; only needed where the default is not a text or number. */
  readonly defaultText?: string;
  /**
   * Several values are taken, apart or with commas, and a list from the file: `parse` reads one of them
   * and gives a list, and the lists are joined.
   */
  readonly many?: boolean;
  /** Printed masked, everywhere. */
  readonly secret?: boolean;
}

/** Settings of any type, by camelCase name. */
export type SettingTable = Readonly<Record<string, Setting<unknown>>>;

/** The configuration a table describes. */
export type ConfigOf<S extends SettingTable> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never;
};

/** Declares a setting; only there so that its type is inferred. */
export function setting<T>(declared: Setting<T>): Setting<T> {
  return declared;
}

/** `dataDir` → `data-dir`: the flag without its dashes, and the key in the file. */
export function keyOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `dataDir` → `GANGWAY_DATA_DIR`. */
export function variableOf(name: string): string {
  return `GANGWAY_${keyOf(name).replaceAll('-', '_').toUpperCase()}`;
}
