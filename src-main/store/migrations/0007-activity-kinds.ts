/** Pages of some kinds of activity: records that strangers leave must not be read through to find a payment. */
export const activityKinds = `
CREATE INDEX activities_kind ON activities (account, kind, at, digest);
`
