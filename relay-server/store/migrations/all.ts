import type { Migration } from 'kysely/migration';
import { first } from './0001-first.ts';
import { policies } from './0002-policies.ts';
import { places } from './0003-places.ts';
import { access } from './0004-access.ts';
import { history } from './0005-history.ts';
import { doctor } from './0006-doctor.ts';
import { lineLosses } from './0007-line-losses.ts';

/** Every step of the schema, by number. Append only: a step that was released is never changed. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-first': first,
  '0002-policies': policies,
  '0003-places': places,
  '0004-access': access,
  '0005-history': history,
  '0006-doctor': doctor,
  '0007-line-losses': lineLosses,
};
