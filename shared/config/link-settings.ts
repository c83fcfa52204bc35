import { setting } from '../config.ts';
import { integer } from './values.ts';

const MiB = 1024 * 1024;

/** Settings that relay and agent have for their ends of a link. */
export const LINK_SETTINGS = {
  streamWindow: setting<number>({
    description:
      'most that may be under way to here on one data connection, in MiB: on a line with a long way it limits the speed',
    placeholder: 'MIB',
    parse: (raw) => {
      const parsed = integer(1, 64)(raw);
      return parsed.ok ? { ok: true, value: parsed.value * MiB } : parsed;
    },
    default: 16 * MiB,
    defaultText: '16',
  }),
};
