import { computed, signal } from '@preact/signals';
import type { Me } from '../../views/access.ts';

/** Who is signed in: null for nobody, undefined while that is not known yet. */
export const me = signal<Me | null | undefined>(undefined);

/** Whether he may change things; viewers are shown no buttons that would be refused. */
export const mayChange = computed(() => me.value?.role === 'admin');
