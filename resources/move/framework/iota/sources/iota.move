module iota::iota {
    /// The ledger's own coin type. Never instantiate it here: the verifier takes it for a one-time witness.
    public struct IOTA has drop {}
}
