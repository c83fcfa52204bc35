import { CATALOGUE } from './catalogue/all.ts';
import type { Finding } from './finding.ts';
import { Reading } from './reading/reading.ts';
import type { DiagnosisContext, SessionRecord } from './record.ts';

/**
 * Every cause of the catalogue that a visit shows, each once, in the order in which they were first seen.
 * Pure. Of a visit that goes on it tells only what is certain already, so findings may be added later and
 * one may give way: what hindered a client at first may have been got over.
 */
export function diagnose(record: SessionRecord, context: DiagnosisContext): Finding[] {
  const reading = new Reading(record, context);
  const client = record.client.host;
  const findings = CATALOGUE.flatMap(({ code, detect }): Finding[] => {
    const detection = detect(reading);
    if (detection === undefined) return [];
    return [{ code, at: detection.at, facts: { ...detection.facts, client } }];
  });
  return findings.sort((one, other) => one.at - other.at);
}
