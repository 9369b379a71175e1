module iota::balance {
    public struct Balance<phantom T> has store { value: u64 }

    const ENonZero: u64 = 0;
    const ENotEnough: u64 = 2;

    public fun value<T>(self: &Balance<T>): u64 { self.value }
    public fun zero<T>(): Balance<T> { Balance { value: 0 } }
    public fun join<T>(self: &mut Balance<T>, balance: Balance<T>): u64 {
        let Balance { value } = balance;
        self.value = self.value + value;
        self.value
    }
    public fun split<T>(self: &mut Balance<T>, value: u64): Balance<T> {
        assert!(self.value >= value, ENotEnough);
        self.value = self.value - value;
        Balance { value }
    }
    public fun withdraw_all<T>(self: &mut Balance<T>): Balance<T> {
        let all = self.value;
        self.split(all)
    }
    public fun destroy_zero<T>(balance: Balance<T>) {
        let Balance { value } = balance;
        assert!(value == 0, ENonZero)
    }

    #[test_only]
    public fun create_for_testing<T>(value: u64): Balance<T> { Balance { value } }
    #[test_only]
    public fun destroy_for_testing<T>(self: Balance<T>): u64 {
        let Balance { value } = self;
        value
    }
}
