import type { JSX } from 'preact';
import { Page } from '../components/page.tsx';

export default function Users(): JSX.Element {
  return <Page title="Users" />;
}
