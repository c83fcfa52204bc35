import type { JSX } from 'preact';
import { Page } from '../components/page.tsx';

export default function Why(): JSX.Element {
  return <Page title="Why" />;
}
