import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { AuditView } from '../../../views/access.ts';
import type { Page } from '../../../views/common.ts';
import { asApiError, type ApiError } from '../api.ts';
import { useResource } from '../resource.ts';
import { Changes } from './changes.tsx';
import { ErrorNotice } from './notice.tsx';
import { TimeAgo } from './times.tsx';

/** Somebody else has changed what is being changed. */
export interface Conflict {
  readonly error: ApiError | undefined;
  /** Does `save`; a conflict is kept here and not thrown. False if there was one. */
  readonly saved: (save: () => Promise<void>) => Promise<boolean>;
  readonly clear: () => void;
}

/** For forms that send the revision they began with. */
export function useConflict(): Conflict {
  const [error, setError] = useState<ApiError | undefined>(undefined);
  const saved = async (save: () => Promise<void>): Promise<boolean> => {
    setError(undefined);
    try {
      await save();
      return true;
    } catch (thrown) {
      const failure = asApiError(thrown);
      if (failure.code !== 'revision-conflict') throw thrown;
      setError(failure);
      return false;
    }
  };
  return { error, saved, clear: () => setError(undefined) };
}

interface ConflictNoticeProps {
  readonly conflict: Conflict;
  /** What the audit calls it. */
  readonly target: string;
  readonly onReload: () => void;
}

/** Says who has changed what meanwhile, and lets the form begin anew with it. */
export function ConflictNotice(props: ConflictNoticeProps): JSX.Element | null {
  const { conflict, target, onReload } = props;
  const latest = useResource<Page<AuditView>>(conflict.error === undefined ? undefined : '/audit', {
    target,
    limit: 1,
  });
  if (conflict.error === undefined) return null;
  const [change] = latest.data?.items ?? [];
  return (
    <>
      <ErrorNotice error={conflict.error} />
      {change !== undefined && (
        <div class="latest-change">
          <p>
            {change.actor} from {change.from}, <TimeAgo at={change.at} />:
          </p>
          <Changes before={change.before} after={change.after} />
        </div>
      )}
      <p>
        <button
          type="button"
          class="quiet small"
          onClick={() => {
            conflict.clear();
            onReload();
          }}
        >
          Begin again with the present values
        </button>
      </p>
    </>
  );
}
