import type { JSX } from 'preact';
import { Page } from '../components/page.tsx';

export default function Tunnels(): JSX.Element {
  return <Page title="Tunnels" />;
}
