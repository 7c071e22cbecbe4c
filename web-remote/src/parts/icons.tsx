import { h } from 'preact';

/** How lucide keeps an icon: the elements of a 24 x 24 drawing. Import icons from `lucide` by name; each is a few bytes. */
export type IconShape = readonly (readonly [string, Readonly<Record<string, string | number | undefined>>])[];

/** An icon in the colour of the text around it. Decoration: what it means is said in words beside it. */
export function Icon({ shape, size = 22 }: { shape: IconShape; size?: number }) {
  return (
    <svg
      viewBox="0 0 24 24"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {shape.map(([element, attributes]) => h(element, attributes))}
    </svg>
  );
}
