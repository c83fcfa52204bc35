import type { JSX } from 'preact';
import type { BanView } from '../../../views/access.ts';
import { api, at } from '../api.ts';
import { tunnelOptions } from '../tunnel-options.ts';
import { ConfirmDialog, Dialog } from './dialog.tsx';
import { Choice, Field, Form } from './form.tsx';
import { say } from './toasts.tsx';

const HOUR_MS = 3_600_000;
/** Hours until a ban ends. */
const SPANS = [
  ['1', 'an hour'],
  ['24', 'a day'],
  ['168', 'a week'],
  ['', 'until it is lifted'],
] as const;

interface BanFormProps {
  /** Whom, where that is known already. */
  readonly network?: string;
  readonly tunnel?: string;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** Keeps an address or a network out. */
export function BanForm({ network, tunnel, onDone, onClose }: BanFormProps): JSX.Element {
  return (
    <Dialog title={network === undefined ? 'Ban an address' : `Ban ${network}?`} onClose={onClose}>
      <p>
        Whoever connects from there is told that he is banned. Sessions that are live go on; they
        are ended on the page of <a href="/sessions">live sessions</a>.
      </p>
      <Form
        submit="Ban"
        cancel={onClose}
        action={async (entered) => {
          const hours = Number(entered('hours'));
          const whom = entered('network');
          await api.post('/bans', {
            network: whom,
            tunnel: entered('tunnel') || null,
            reason: entered('reason'),
            until: hours === 0 ? null : Date.now() + hours * HOUR_MS,
          });
          say(`Banned ${whom}`);
          onDone();
          onClose();
        }}
      >
        <Field
          label="Address or network"
          name="network"
          required
          initial={network ?? ''}
          placeholder="198.51.100.7 or 198.51.100.0/24"
          autoComplete="off"
          autoCapitalize="none"
        />
        <Choice
          label="Where"
          name="tunnel"
          options={tunnelOptions(tunnel ?? '', 'at all tunnels')}
          value=""
        />
        <Choice label="For" name="hours" options={SPANS} value="24" />
        <Field
          label="Reason"
          name="reason"
          required
          maxLength={200}
          autoComplete="off"
          hint="For yourself and other admins; it is not told to the client."
        />
      </Form>
    </Dialog>
  );
}

/** Asks before a ban is lifted. */
export function LiftBan(props: {
  ban: BanView;
  onDone: () => void;
  onClose: () => void;
}): JSX.Element {
  const { ban, onDone, onClose } = props;
  return (
    <ConfirmDialog
      title={`Lift the ban of ${ban.network}?`}
      verb="Lift ban"
      onClose={onClose}
      action={async () => {
        await api.delete(at('/bans', ban.id));
        say(`Lifted the ban of ${ban.network}`);
        onDone();
      }}
    >
      <p>
        {ban.automatic
          ? 'It came about by itself. Failed logins are counted anew from now on.'
          : `It was made by a person: ${ban.reason}`}
      </p>
    </ConfirmDialog>
  );
}
