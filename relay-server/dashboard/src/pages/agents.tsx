import type { JSX } from 'preact';
import { Page } from '../components/page.tsx';

export default function Agents(): JSX.Element {
  return <Page title="Agents" />;
}
