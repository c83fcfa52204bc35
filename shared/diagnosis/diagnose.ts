import { CATALOGUE } from './catalogue/all.ts';
import type { Finding } from './finding.ts';
import { Reading } from './reading.ts';
import type { DiagnosisContext, SessionRecord } from './record.ts';

/** Causes that say more precisely what another one says, and take its place. */
const INSTEAD_OF: Readonly<Record<string, readonly string[]>> = {
  'data-from-other-address': ['passive-blocked', 'passive-blocked-client', 'passive-blocked-relay'],
  'control-dropped-in-transfer': ['client-broke-off'],
  'server-slow': ['server-closed'],
  'server-at-limit': ['server-closed'],
  'implicit-tls-at-explicit-port': ['speaks-other'],
  'speaks-sftp': ['speaks-other'],
  'speaks-http': ['speaks-other'],
  'plain-at-implicit-port': ['tls-handshake-failed'],
  'server-wants-tls': ['wrong-password', 'permission-denied'],
};

/**
 * What of a visit can be explained, in the order of the catalogue. Pure: the same record and context give the
 * same findings. Of a visit that is not over it says what is certain already.
 */
export function diagnose(record: SessionRecord, context: DiagnosisContext): Finding[] {
  const reading = new Reading(record);
  const findings = CATALOGUE.flatMap((row): Finding[] => {
    const found = row.detect(reading, context);
    return found === undefined ? [] : [{ code: row.code, at: found.at, facts: found.facts }];
  });
  const replaced = new Set(findings.flatMap(({ code }) => INSTEAD_OF[code] ?? []));
  return findings.filter(({ code }) => !replaced.has(code));
}
