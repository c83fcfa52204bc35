import { Type } from 'typebox';
import type { Static } from 'typebox';
import { CLIENT_PROGRAMS } from '../../shared/diagnosis/programs.ts';
import { Millis, orNull } from './common.ts';

/** A cause of the catalogue in words. */
const CAUSE = {
  code: Type.String(),
  severity: Type.Enum(['info', 'warning', 'error']),
  side: Type.Enum(['client', 'relay', 'agent', 'server']),
  title: Type.String(),
  what: Type.String(),
  why: Type.String(),
  webmaster: Type.String(),
};
export const CauseView = Type.Object(CAUSE);
export type CauseView = Static<typeof CauseView>;

/** See shared/diagnosis/finding.ts. */
export const ExplanationView = Type.Object({
  ...CAUSE,
  tellUser: Type.String(),
  /** The program `tellUser` is worded for. */
  program: Type.Enum(CLIENT_PROGRAMS),
  at: Millis,
});
export type ExplanationView = Static<typeof ExplanationView>;

/** A finding in a list. */
export const FindingView = Type.Object({
  id: Type.String(),
  session: Type.String(),
  tunnel: Type.String(),
  client: Type.String(),
  user: orNull(Type.String()),
  ...ExplanationView.properties,
});
export type FindingView = Static<typeof FindingView>;

/** An entry of the catalogue: words stand in place of facts, and there is what to tell the users of each program. */
export const CatalogueEntry = Type.Object({
  ...CAUSE,
  tellUser: Type.Record(Type.Enum(CLIENT_PROGRAMS), Type.String()),
});
export type CatalogueEntry = Static<typeof CatalogueEntry>;
