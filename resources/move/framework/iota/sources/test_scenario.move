#[test_only]
/// Transactions of several accounts, one after the other. The natives are the test runner's.
module iota::test_scenario {
    use iota::tx_context;

    public struct Scenario { tx: u64, ctx: TxContext }

    /// What a transaction did; built by the runner, which fixes the order and number of these fields.
    public struct TransactionEffects has drop {
        created: vector<ID>,
        written: vector<ID>,
        deleted: vector<ID>,
        transferred_to_account: Map<ID, address>,
        transferred_to_object: Map<ID, ID>,
        shared: vector<ID>,
        frozen: vector<ID>,
        num_user_events: u64,
    }
    public struct Map<K, V> has drop { contents: vector<Entry<K, V>> }
    public struct Entry<K, V> has drop { key: K, value: V }

    const ENothingToTake: u64 = 3;
    const ENotTaken: u64 = 4;

    public fun begin(sender: address): Scenario { Scenario { tx: 0, ctx: tx_context::for_testing(sender, 0) } }

    public fun next_tx(s: &mut Scenario, sender: address): TransactionEffects {
        s.tx = s.tx + 1;
        s.ctx = tx_context::for_testing(sender, s.tx);
        end_transaction()
    }
    /// The next transaction, in an epoch of its own.
    public fun next_tx_in(s: &mut Scenario, sender: address, epoch: u64): TransactionEffects {
        s.tx = s.tx + 1;
        s.ctx = tx_context::new(sender, std::bcs::to_bytes(&(s.tx as u256)), epoch, 0);
        end_transaction()
    }
    /// Ends the transaction without counting one, to look at what it left.
    public fun look(s: &mut Scenario, sender: address, epoch: u64): TransactionEffects {
        s.ctx = tx_context::new(sender, x"", epoch, 0);
        end_transaction()
    }
    public fun end(s: Scenario): TransactionEffects {
        let Scenario { .. } = s;
        end_transaction()
    }
    public fun ctx(s: &mut Scenario): &mut TxContext { &mut s.ctx }
    public fun sender(s: &Scenario): address { s.ctx.sender() }
    public fun num_user_events(e: &TransactionEffects): u64 { e.num_user_events }
    public fun created(e: &TransactionEffects): vector<ID> { e.created }
    public fun deleted(e: &TransactionEffects): vector<ID> { e.deleted }
    public fun shared(e: &TransactionEffects): vector<ID> { e.shared }

    public fun take_from_sender<T: key>(s: &Scenario): T { take_from_address(s, s.sender()) }
    public fun take_from_address<T: key>(s: &Scenario, account: address): T {
        let id = most_recent_id_for_address<T>(account);
        assert!(id.is_some(), ENothingToTake);
        take_from_address_by_id(s, account, id.destroy_some())
    }
    public fun has_most_recent_for_address<T: key>(account: address): bool {
        most_recent_id_for_address<T>(account).is_some()
    }
    public fun return_to_sender<T: key>(s: &Scenario, obj: T) { return_to_address(s.sender(), obj) }
    public fun return_to_address<T: key>(account: address, obj: T) {
        assert!(was_taken_from_address(account, object::id(&obj)), ENotTaken);
        iota::transfer::transfer(obj, account)
    }
    public fun has_most_recent_shared<T: key>(): bool { most_recent_id_shared<T>().is_some() }
    public fun take_shared<T: key>(s: &Scenario): T {
        let id = most_recent_id_shared<T>();
        assert!(id.is_some(), ENothingToTake);
        take_shared_by_id(s, id.destroy_some())
    }
    public fun return_shared<T: key>(obj: T) {
        assert!(was_taken_shared(object::id(&obj)), ENotTaken);
        iota::transfer::share_object(obj)
    }

    native fun end_transaction(): TransactionEffects;
    public native fun take_from_address_by_id<T: key>(scenario: &Scenario, account: address, id: ID): T;
    native fun most_recent_id_for_address<T: key>(account: address): Option<ID>;
    native fun was_taken_from_address(account: address, id: ID): bool;
    public native fun take_shared_by_id<T: key>(scenario: &Scenario, id: ID): T;
    native fun most_recent_id_shared<T: key>(): Option<ID>;
    native fun was_taken_shared(id: ID): bool;
}
