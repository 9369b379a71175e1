module iota::coin {
    use iota::balance::{Self, Balance};

    public struct Coin<phantom T> has key, store { id: UID, balance: Balance<T> }

    public fun value<T>(self: &Coin<T>): u64 { self.balance.value() }
    public fun balance<T>(coin: &Coin<T>): &Balance<T> { &coin.balance }
    public fun balance_mut<T>(coin: &mut Coin<T>): &mut Balance<T> { &mut coin.balance }
    public fun from_balance<T>(balance: Balance<T>, ctx: &mut TxContext): Coin<T> {
        Coin { id: object::new(ctx), balance }
    }
    public fun into_balance<T>(coin: Coin<T>): Balance<T> {
        let Coin { id, balance } = coin;
        id.delete();
        balance
    }
    public fun take<T>(balance: &mut Balance<T>, value: u64, ctx: &mut TxContext): Coin<T> {
        from_balance(balance.split(value), ctx)
    }
    public fun put<T>(balance: &mut Balance<T>, coin: Coin<T>) { balance.join(coin.into_balance()); }
    public fun zero<T>(ctx: &mut TxContext): Coin<T> { from_balance(balance::zero(), ctx) }
    public fun split<T>(self: &mut Coin<T>, split_amount: u64, ctx: &mut TxContext): Coin<T> {
        from_balance(self.balance.split(split_amount), ctx)
    }
    public entry fun join<T>(self: &mut Coin<T>, c: Coin<T>) { self.balance.join(c.into_balance()); }
    public fun destroy_zero<T>(c: Coin<T>) { c.into_balance().destroy_zero() }

    #[test_only]
    public fun mint_for_testing<T>(value: u64, ctx: &mut TxContext): Coin<T> {
        from_balance(balance::create_for_testing(value), ctx)
    }
    #[test_only]
    public fun burn_for_testing<T>(coin: Coin<T>): u64 { coin.into_balance().destroy_for_testing() }
}
