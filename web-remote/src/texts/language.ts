import { computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { z } from 'zod';
import { en, type Texts } from './en.ts';
import { vi } from './vi.ts';

/** Every language of the page. Another one is an object of the shape `Texts`, in a folder of rooms like `en/`, and its line here. */
export const languages = { en, vi } as const satisfies Record<string, Texts>;
export type Language = keyof typeof languages;
const languageSchema = z.enum(['en', 'vi'] satisfies Language[]);

const storageKey = 'car-remote-language';

/** The first of the browser's languages that the page has; English where it has none of them. */
export function preferredLanguage(browserLanguages: readonly string[]): Language {
  for (const tag of browserLanguages) {
    const parsed = languageSchema.safeParse(tag.toLowerCase().split('-')[0]);
    if (parsed.success) return parsed.data;
  }
  return 'en';
}

function keptLanguage(): Language | undefined {
  try {
    return languageSchema.safeParse(localStorage.getItem(storageKey)).data;
  } catch {
    return undefined;
  }
}

/** The language in use. Setting it changes every text on the screen at once, and is kept on this device. */
export const language: Signal<Language> = signal('en');

/** What the page says now: read `texts.value` while rendering, so that a change of language renders anew. */
export const texts: ReadonlySignal<Texts> = computed(() => languages[language.value]);

/** Called once, when the page starts. */
export function startLanguage(): void {
  language.value = keptLanguage() ?? preferredLanguage(navigator.languages);
  effect(() => {
    document.documentElement.lang = language.value;
  });
}

export function chooseLanguage(chosen: Language): void {
  language.value = chosen;
  try {
    localStorage.setItem(storageKey, chosen);
  } catch {
    // Private mode, or a full disk: the choice holds until the page is closed.
  }
}
