import type { DiagnosisContext } from '../../../../shared/diagnosis/record.ts';
import type { Facts } from '../../../../shared/diagnosis/finding.ts';
import type { Visit } from '../../../support/visits.ts';

/** How a finding is provoked, and a visit much like it that must not yield it. */
export interface Case {
  readonly code: string;
  /** What happened, for the test's name. */
  readonly when: string;
  readonly visit: Visit;
  readonly context?: Partial<DiagnosisContext>;
  /** Facts among others that it must have. */
  readonly facts?: Facts;
  /** What is like it and harmless. */
  readonly unless: string;
  readonly healthy: Visit;
  readonly healthyContext?: Partial<DiagnosisContext>;
}
