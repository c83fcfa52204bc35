import type { JSX } from 'preact';
import { Page } from '../components/page.tsx';

export default function NewTunnel(): JSX.Element {
  return <Page title="NewTunnel" />;
}
