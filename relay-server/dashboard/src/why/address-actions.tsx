import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { BanView } from '../../../views/access.ts';
import { BanForm, LiftBan } from '../components/ban-form.tsx';
import { useBansOf } from '../use-bans.ts';
import { mayChange } from '../who.ts';

type Open = { readonly what: 'ban' } | { readonly what: 'lift'; readonly ban: BanView };

/** Keeps an address out, or lets it in again. */
export function AddressActions({
  client,
  tunnel,
}: {
  client: string;
  tunnel: string;
}): JSX.Element {
  const { bans, reload } = useBansOf(client);
  const [open, setOpen] = useState<Open | undefined>(undefined);
  const close = (): void => setOpen(undefined);
  const ban = bans?.find((one) => one.tunnel === null || one.tunnel === tunnel);
  return (
    <>
      {mayChange.value && bans !== undefined && (
        <button
          type="button"
          class={ban === undefined ? 'danger small' : 'quiet small'}
          onClick={() => setOpen(ban === undefined ? { what: 'ban' } : { what: 'lift', ban })}
        >
          {ban === undefined ? 'Ban this address' : `Lift the ban of ${ban.network}`}
        </button>
      )}
      {open?.what === 'ban' && (
        <BanForm network={client} tunnel={tunnel} onDone={reload} onClose={close} />
      )}
      {open?.what === 'lift' && <LiftBan ban={open.ban} onDone={reload} onClose={close} />}
    </>
  );
}
