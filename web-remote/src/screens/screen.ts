import type { ComponentType } from 'preact';
import type { IconShape } from '../parts/icons.tsx';
import type { RemoteApp } from '../remote-app.ts';
import type { Texts } from '../texts/en.ts';

export type ScreenComponent = ComponentType<{ readonly app: RemoteApp }>;

/** One screen of the page: what leads to it, and what it is. */
export interface Screen {
  /** Its place in the address, behind the `#/`: letters, digits and hyphens. */
  readonly id: string;
  readonly icon: IconShape;
  readonly title: (texts: Texts) => string;
  /** One line under the title, where screens are listed. */
  readonly about?: (texts: Texts) => string;
  /** Fetched when it is first looked at, so that none of it delays the driving screen. */
  readonly load: () => Promise<ScreenComponent>;
}
