module iota::tx_context {
    public struct TxContext has drop {
        sender: address,
        tx_hash: vector<u8>,
        epoch: u64,
        epoch_timestamp_ms: u64,
        ids_created: u64,
    }

    public fun sender(self: &TxContext): address { self.sender }
    public fun digest(self: &TxContext): &vector<u8> { &self.tx_hash }
    public fun epoch(self: &TxContext): u64 { self.epoch }
    public fun epoch_timestamp_ms(self: &TxContext): u64 { self.epoch_timestamp_ms }
    public fun fresh_object_address(ctx: &mut TxContext): address {
        let n = ctx.ids_created;
        ctx.ids_created = n + 1;
        derive_id(ctx.tx_hash, n)
    }

    native fun derive_id(tx_hash: vector<u8>, ids_created: u64): address;

    #[test_only]
    /// A transaction with a digest of our own, so that object ids are known before the test runs.
    public fun new(sender: address, tx_hash: vector<u8>, epoch: u64, epoch_timestamp_ms: u64): TxContext {
        TxContext { sender, tx_hash, epoch, epoch_timestamp_ms, ids_created: 0 }
    }
    #[test_only]
    /// `n` stands for the transaction: different numbers give different object ids.
    public fun for_testing(sender: address, n: u64): TxContext {
        new(sender, std::bcs::to_bytes(&(n as u256)), 0, 0)
    }
    #[test_only]
    public fun dummy(): TxContext { for_testing(@0x0, 0) }
}
