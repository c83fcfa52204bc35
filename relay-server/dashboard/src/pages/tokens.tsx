import type { JSX } from 'preact';
import { Page } from '../components/page.tsx';

export default function Tokens(): JSX.Element {
  return <Page title="Tokens" />;
}
