import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { TunnelView } from '../../../views/tunnels.ts';
import { api, at } from '../api.ts';
import { ConflictNotice, useConflict } from '../components/conflict.tsx';
import { ConfirmDialog } from '../components/dialog.tsx';
import { Field, Form, type Entered } from '../components/form.tsx';
import { Section } from '../components/page.tsx';
import { say } from '../components/toasts.tsx';
import { useFormBase, type FormBase } from './form-base.ts';

interface PlaceProps {
  readonly tunnel: TunnelView;
  readonly onSaved: (answer: { tunnel: TunnelView }) => void;
}

/** Where the tunnel is found and where it leads; and its end. For admins. */
export function Place({ tunnel, onSaved }: PlaceProps): JSX.Element {
  const base = useFormBase(tunnel, onSaved);
  const [deleting, setDeleting] = useState(false);
  const { route } = useLocation();
  return (
    <>
      <Section title="Place">
        <PlaceForm key={base.key} base={base} />
      </Section>
      <Section title="Delete">
        <p>
          Deleting the tunnel closes its port at once. Its agents lose their access; what happened
          in it stays in the history.
        </p>
        <button type="button" class="danger" onClick={() => setDeleting(true)}>
          Delete {tunnel.name}
        </button>
      </Section>
      {deleting && (
        <ConfirmDialog
          title={`Delete ${tunnel.name}?`}
          verb="Delete tunnel"
          onClose={() => setDeleting(false)}
          action={async () => {
            await api.delete(at('/tunnels', tunnel.name));
            say(`Deleted ${tunnel.name}`);
            route('/tunnels');
          }}
        >
          <p>
            {tunnel.publicAddress} stops answering and every session of it ends. This cannot be
            taken back.
          </p>
        </ConfirmDialog>
      )}
    </>
  );
}

function PlaceForm({ base }: { base: FormBase }): JSX.Element {
  const conflict = useConflict();
  const { tunnel } = base;
  const { route } = useLocation();
  const save = (entered: Entered): Promise<void> =>
    conflict
      .saved(async () => {
        const implicit = entered('implicitPort');
        const body = {
          name: entered('name'),
          port: Number(entered('port')),
          implicitPort: implicit === '' ? null : Number(implicit),
          host: entered('host') || null,
          serverAddress: entered('serverAddress') || null,
          revision: tunnel.revision,
        };
        const answer = await api.patch<{ tunnel: TunnelView }>(at('/tunnels', tunnel.name), body);
        say('Saved');
        base.saved(answer);
        if (body.name !== tunnel.name) route(`/tunnels/${body.name}?view=place`, true);
      })
      .then(() => undefined);
  return (
    <Form submit="Save place" action={save}>
      <div class="pair">
        <Field
          label="Name"
          name="name"
          required
          initial={tunnel.name}
          pattern="[a-z0-9][a-z0-9\-]{0,62}"
          hint="Small letters, digits and hyphens."
        />
        <Field
          label="Port"
          name="port"
          type="number"
          required
          min={1}
          max={65_535}
          initial={tunnel.port}
        />
        <Field
          label="Implicit TLS port"
          name="implicitPort"
          type="number"
          min={1}
          max={65_535}
          initial={tunnel.implicitPort ?? ''}
          hint="A second port where TLS begins at once, mostly 990; empty for none."
        />
        <Field
          label="Own DNS name"
          name="host"
          initial={tunnel.host ?? ''}
          hint="For its certificate and for sharing a port with other tunnels; empty for the relay’s."
        />
        <Field
          label="FTP server"
          name="serverAddress"
          initial={tunnel.serverAddress ?? ''}
          placeholder="127.0.0.1:21"
          hint="As its agent sees it; only for the line to paste: the agent serves the server it was started for."
        />
      </div>
      <ConflictNotice conflict={conflict} target={tunnel.name} onReload={base.again} />
    </Form>
  );
}
