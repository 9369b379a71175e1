/** The app's mark. */
export const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="18" fill="#3557d6"/>' +
  '<path d="M49 31a17 17 0 0 1-17 17H14l4.5-6.5A17 17 0 1 1 49 31z" fill="#fff"/>' +
  '<path d="M25 31h14M32 24v14" stroke="#3557d6" stroke-width="4" stroke-linecap="round"/></svg>'
