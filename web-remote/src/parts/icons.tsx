import type { ComponentChildren } from 'preact';

/** Drawn for this page; 24 x 24, in the colour of the text around them. */
function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg
      viewBox="0 0 24 24"
      width="22"
      height="22"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export function StopIcon() {
  return (
    <Icon>
      <path d="M8.2 3h7.6L21 8.2v7.6L15.8 21H8.2L3 15.8V8.2Z" />
      <path d="M8.5 12h7" />
    </Icon>
  );
}

export function DetailsIcon() {
  return (
    <Icon>
      <path d="M4 7h8m4 0h4M4 12h2m4 0h10M4 17h9m4 0h3" />
      <circle cx="14" cy="7" r="2" />
      <circle cx="8" cy="12" r="2" />
      <circle cx="15" cy="17" r="2" />
    </Icon>
  );
}

export function CloseIcon() {
  return (
    <Icon>
      <path d="m6 6 12 12M18 6 6 18" />
    </Icon>
  );
}

export function HandIcon() {
  return (
    <Icon>
      <circle cx="12" cy="12" r="8.5" />
      <circle cx="12" cy="12" r="2.5" />
      <path d="M3.8 10.5 9.6 11M20.2 10.5 14.4 11M12 14.5v6" />
    </Icon>
  );
}

export function RouteIcon() {
  return (
    <Icon>
      <path d="M6 20c0-6 12-4 12-10" />
      <path d="M18 10V4m-3 3 3-3 3 3" />
      <circle cx="6" cy="20" r="1.5" />
    </Icon>
  );
}

export function ReleaseIcon() {
  return (
    <Icon>
      <path d="M5 12a7 7 0 1 0 2.2-5.1L5 9" />
      <path d="M5 4v5h5" />
    </Icon>
  );
}
