/** All the tokens there are, so that a nonsense amount is refused before anybody is asked for it. */
export const MOST_NANOS = 10n ** 19n
