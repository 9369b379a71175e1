/// Flash channels (PROTOCOL section 11): 2 to 16 parties lock coins once and pay each other off the ledger with states
/// that all of them sign. The ledger is needed again to add or take out coins, and to end.
///
/// What a signature covers, and why nothing signed can be used elsewhere:
/// - `chain`, given at the opening and kept, is in the digest: ledgers cannot be mixed up;
/// - the full type of the channel is in it, as the ledger itself names it: package, module and coin;
/// - the channel's id is in it, and no id ever comes twice;
/// - a domain is in it: a state to close with in dispute is never a consent to close at once, nor to withdraw.
module parley::channel {
    use iota::balance::{Self, Balance};
    use iota::bcs;
    use iota::clock::Clock;
    use iota::coin::{Self, Coin};
    use iota::ed25519;
    use iota::event;
    use iota::hash;
    use std::type_name;

    // === Why a call is refused ===

    /// A channel has 2 to 16 parties, each with one key, one payout address and one balance.
    const EBadPartyCount: u64 = 1;
    /// A party's key is an Ed25519 public key of 32 bytes.
    const EBadKey: u64 = 2;
    /// Two parties have the same key or the same payout address: one could sign or act for the other.
    const EDuplicateParty: u64 = 3;
    /// The chain's identifier has 1 to 32 bytes.
    const EBadChain: u64 = 4;
    /// The challenge window is shorter or longer than allowed.
    const EBadWindow: u64 = 5;
    /// Nothing to lock or to add.
    const EEmptyDeposit: u64 = 6;
    /// Balances and conditions do not add up to what was deposited.
    const EUnbalanced: u64 = 7;
    /// There is no party of this number, or the sender's address is not that party's payout address.
    const ENotParty: u64 = 8;
    /// The channel is closing: coins are neither added nor withdrawn, and it cannot begin to close again.
    const EClosing: u64 = 9;
    /// The channel is not closing.
    const ENotClosing: u64 = 10;
    /// The sequence is not higher than that of the newest state that the ledger knows.
    const EOldSequence: u64 = 11;
    /// There is not one valid signature of each party, in their order.
    const EBadSignature: u64 = 12;
    /// A condition names no two parties, no amount, or no hash of 32 bytes; or there are too many of them.
    const EBadCondition: u64 = 13;
    /// A state confirms only states before it.
    const EBadConfirmed: u64 = 14;
    /// The challenge window is over.
    const EWindowOver: u64 = 15;
    /// The challenge window is not over.
    const EWindowOpen: u64 = 16;
    /// No open condition has the hash of this preimage.
    const EUnknownPreimage: u64 = 17;
    /// The condition has expired, or its preimage was revealed before.
    const ENotClaimable: u64 = 18;
    /// Balances have been paid out: all that is left are conditions.
    const ESettled: u64 = 19;
    /// There is something left to pay out.
    const ENotEmpty: u64 = 20;
    /// Too many deposits since the last withdrawal; a withdrawal, even of nothing, makes room.
    const ETooManyDeposits: u64 = 21;
    /// A preimage is longer than MAX_PREIMAGE_BYTES.
    const EPreimageTooLong: u64 = 22;

    // === Numbers ===

    const MIN_PARTIES: u64 = 2;
    /// Each party signs each state, and the ledger checks every signature.
    const MAX_PARTIES: u64 = 16;
    /// Longer than a transaction takes to become final (0.5 to 3 s): else there is no time to answer.
    const MIN_WINDOW_MS: u64 = 5_000;
    /// 30 days: nobody's coins are held longer than that by one who does not answer.
    const MAX_WINDOW_MS: u64 = 2_592_000_000;
    const MAX_CONDITIONS: u64 = 16;
    const MAX_DEPOSITS: u64 = 32;
    const MAX_CHAIN_BYTES: u64 = 32;
    const MAX_PREIMAGE_BYTES: u64 = 1_024;
    const KEY_BYTES: u64 = 32;
    const HASH_BYTES: u64 = 32;
    /// No party; numbers of parties end at 15.
    const NOBODY: u64 = 16;
    /// Later than every expiry.
    const NEVER: u64 = 0xffff_ffff_ffff_ffff;

    const STATE_DOMAIN: vector<u8> = b"parley/channel/1";
    const CLOSE_DOMAIN: vector<u8> = b"parley/channel-close/1";
    const WITHDRAW_DOMAIN: vector<u8> = b"parley/channel-withdraw/1";

    // === What is stored ===

    public struct Channel<phantom T> has key {
        id: UID,
        chain: vector<u8>,
        parties: vector<Party>,
        /// Length of the challenge window in milliseconds.
        window: u64,
        funds: Balance<T>,
        /// What the parties had together when the deposits below began.
        base: u64,
        /// Added since: a state that does not count them yet stays valid, and they go back to who made them.
        deposits: vector<Deposit>,
        /// The newest state that the ledger knows.
        sequence: u64,
        balances: vector<u64>,
        conditions: vector<Condition>,
        /// How many of the deposits that state counts.
        counted: u64,
        /// When the challenge window ends; 0 while nobody closes. It is never moved.
        closes_at: u64,
        /// Party that began to close, and the state it began with.
        closer: u64,
        closed_with: u64,
        /// Party that is proven to have begun with a state that it knew to be old.
        cheater: u64,
        /// Preimages that became known, by their hash.
        revealed: vector<Revelation>,
        /// Balances have been paid out; conditions may be left.
        settled: bool,
    }

    public struct Party has copy, drop, store { key: vector<u8>, payout: address }
    public struct Deposit has copy, drop, store { party: u64, amount: u64 }

    /// `amount` goes to party `to` if the preimage of `hash` (blake2b256) is revealed before `expiry` (ms), else to `from`.
    public struct Condition has copy, drop, store { from: u64, to: u64, amount: u64, hash: vector<u8>, expiry: u64 }

    public struct Revelation has copy, drop, store { hash: vector<u8>, at: u64 }

    // === What is signed ===

    public struct State has copy, drop {
        /// Full type of the channel without 0x.
        channel_type: vector<u8>,
        channel: address,
        sequence: u64,
        /// The newest state that every party holds with all signatures. Whoever signs this and then begins to close with an
        /// older one is proven to cheat; with a payment still under way nobody is.
        confirmed: u64,
        balances: vector<u64>,
        conditions: vector<Condition>,
    }

    public struct Withdrawal has copy, drop { state: State, amounts: vector<u64> }

    // === Events ===

    public struct Opened has copy, drop {
        channel: address,
        chain: vector<u8>,
        parties: vector<Party>,
        balances: vector<u64>,
        window: u64,
    }
    public struct Deposited has copy, drop { channel: address, party: u64, amount: u64, total: u64 }
    public struct Closing has copy, drop { channel: address, party: u64, sequence: u64, closes_at: u64 }
    public struct Challenged has copy, drop { channel: address, sequence: u64, cheater: u64 }
    public struct Revealed has copy, drop { channel: address, hash: vector<u8>, preimage: vector<u8> }
    public struct Withdrawn has copy, drop { channel: address, sequence: u64, amounts: vector<u64> }
    public struct Settled has copy, drop { channel: address, sequence: u64, amounts: vector<u64>, conditions_left: u64 }
    public struct Closed has copy, drop { channel: address }

    // === Opening and adding ===

    /// Locks one coin as the balances of all parties; the others add theirs with `deposit`. The channel becomes shared.
    public fun open<T>(
        chain: vector<u8>,
        keys: vector<vector<u8>>,
        payouts: vector<address>,
        balances: vector<u64>,
        window: u64,
        coin: Coin<T>,
        ctx: &mut TxContext,
    ) {
        assert!(chain.length() > 0 && chain.length() <= MAX_CHAIN_BYTES, EBadChain);
        assert!(window >= MIN_WINDOW_MS && window <= MAX_WINDOW_MS, EBadWindow);
        let parties = make_parties(&keys, &payouts);
        assert!(balances.length() == parties.length(), EBadPartyCount);
        let base = coin.value();
        assert!(base > 0, EEmptyDeposit);
        assert!(sum(&balances) == (base as u128), EUnbalanced);
        let channel = Channel<T> {
            id: object::new(ctx),
            chain,
            parties,
            window,
            funds: coin.into_balance(),
            base,
            deposits: vector[],
            sequence: 0,
            balances,
            conditions: vector[],
            counted: 0,
            closes_at: 0,
            closer: NOBODY,
            closed_with: 0,
            cheater: NOBODY,
            revealed: vector[],
            settled: false,
        };
        event::emit(Opened { channel: channel.id.to_address(), chain, parties, balances, window });
        transfer::share_object(channel)
    }

    /// Adds a coin to the sender's own balance. States that do not count it yet stay valid.
    public fun deposit<T>(channel: &mut Channel<T>, party: u64, coin: Coin<T>, ctx: &TxContext) {
        channel.check_party(party, ctx);
        assert!(channel.closes_at == 0, EClosing);
        assert!(channel.deposits.length() < MAX_DEPOSITS, ETooManyDeposits);
        let amount = coin.value();
        assert!(amount > 0, EEmptyDeposit);
        channel.deposits.push_back(Deposit { party, amount });
        let total = channel.funds.join(coin.into_balance());
        event::emit(Deposited { channel: channel.id.to_address(), party, amount, total })
    }

    // === With everybody's consent ===

    /// Pays everybody at once and ends the channel, also while it is closing: then nobody loses anything.
    public fun close<T>(
        mut channel: Channel<T>,
        sequence: u64,
        balances: vector<u64>,
        signatures: vector<vector<u8>>,
        ctx: &mut TxContext,
    ) {
        assert!(!channel.settled, ESettled);
        let state = channel.state(sequence, 0, balances, vector[]);
        channel.accept(&state);
        channel.check_signatures(CLOSE_DOMAIN, &bcs::to_bytes(&state), &signatures);
        channel.cheater = NOBODY;
        let amounts = channel.balances_with_deposits();
        channel.pay(amounts, ctx);
        channel.end()
    }

    /// Pays `amounts` out and goes on with the balances and conditions of this state.
    public fun withdraw<T>(
        channel: &mut Channel<T>,
        sequence: u64,
        confirmed: u64,
        balances: vector<u64>,
        conditions: vector<Condition>,
        amounts: vector<u64>,
        signatures: vector<vector<u8>>,
        ctx: &mut TxContext,
    ) {
        assert!(channel.closes_at == 0, EClosing);
        let state = channel.state(sequence, confirmed, balances, conditions);
        channel.accept_withdrawal(&state, &amounts);
        let message = bcs::to_bytes(&Withdrawal { state, amounts });
        channel.check_signatures(WITHDRAW_DOMAIN, &message, &signatures);
        channel.pay_parties(&amounts, ctx);
        event::emit(Withdrawn { channel: channel.id.to_address(), sequence, amounts })
    }

    // === Without it ===

    /// Begins to close with the newest state that the ledger knows: the opening, or the last withdrawal.
    public fun start_close<T>(channel: &mut Channel<T>, party: u64, clock: &Clock, ctx: &TxContext) {
        channel.check_party(party, ctx);
        assert!(channel.closes_at == 0, EClosing);
        channel.closes_at = clock.timestamp_ms() + channel.window;
        channel.closer = party;
        channel.closed_with = channel.sequence;
        let (sequence, closes_at) = (channel.sequence, channel.closes_at);
        event::emit(Closing { channel: channel.id.to_address(), party, sequence, closes_at })
    }

    /// Begins to close with a newer state that all have signed.
    public fun start_close_with<T>(
        channel: &mut Channel<T>,
        party: u64,
        sequence: u64,
        confirmed: u64,
        balances: vector<u64>,
        conditions: vector<Condition>,
        signatures: vector<vector<u8>>,
        clock: &Clock,
        ctx: &TxContext,
    ) {
        assert!(channel.closes_at == 0, EClosing);
        channel.accept_signed(sequence, confirmed, balances, conditions, &signatures);
        channel.start_close(party, clock, ctx)
    }

    /// Puts a newer state in the place of the one that the channel closes with. Anybody may, a watcher for example.
    public fun challenge<T>(
        channel: &mut Channel<T>,
        sequence: u64,
        confirmed: u64,
        balances: vector<u64>,
        conditions: vector<Condition>,
        signatures: vector<vector<u8>>,
        clock: &Clock,
    ) {
        assert!(channel.closes_at != 0, ENotClosing);
        assert!(clock.timestamp_ms() < channel.closes_at, EWindowOver);
        channel.accept_signed(sequence, confirmed, balances, conditions, &signatures);
        if (confirmed > channel.closed_with) channel.cheater = channel.closer;
        event::emit(Challenged { channel: channel.id.to_address(), sequence, cheater: channel.cheater })
    }

    /// Claims every open condition with this preimage's hash; the preimage becomes public.
    public fun reveal<T>(channel: &mut Channel<T>, preimage: vector<u8>, clock: &Clock) {
        assert!(channel.closes_at != 0, ENotClosing);
        assert!(preimage.length() <= MAX_PREIMAGE_BYTES, EPreimageTooLong);
        let hash = hash::blake2b256(&preimage);
        let at = clock.timestamp_ms();
        let (mut known, mut claimable, mut i) = (false, false, 0);
        while (i < channel.conditions.length()) {
            let condition = &channel.conditions[i];
            if (condition.hash == hash) {
                known = true;
                claimable = claimable || at < condition.expiry
            };
            i = i + 1
        };
        assert!(known, EUnknownPreimage);
        assert!(claimable && channel.revealed_at(&hash) == NEVER, ENotClaimable);
        channel.revealed.push_back(Revelation { hash, at });
        event::emit(Revealed { channel: channel.id.to_address(), hash, preimage })
    }

    /// Pays what can be paid after the window: balances once, and each condition as soon as it is decided. Anybody may.
    public fun settle<T>(channel: &mut Channel<T>, clock: &Clock, ctx: &mut TxContext) {
        assert!(channel.closes_at != 0, ENotClosing);
        let now = clock.timestamp_ms();
        assert!(now >= channel.closes_at, EWindowOpen);
        let mut amounts = if (channel.settled) zeros(channel.parties.length()) else channel.balances_with_deposits();
        channel.settled = true;
        channel.decide_conditions(&mut amounts, now);
        channel.pay(amounts, ctx)
    }

    /// Removes a channel that holds nothing; the party that does it gets the deposit for its storage.
    public fun destroy<T>(channel: Channel<T>, party: u64, ctx: &TxContext) {
        channel.check_party(party, ctx);
        assert!(channel.funds.value() == 0, ENotEmpty);
        channel.end()
    }

    // === What others read ===

    public fun condition(from: u64, to: u64, amount: u64, hash: vector<u8>, expiry: u64): Condition {
        Condition { from, to, amount, hash, expiry }
    }

    /// Coins in the channel.
    public fun value<T>(channel: &Channel<T>): u64 { channel.funds.value() }

    /// The newest state that the ledger knows.
    public fun sequence<T>(channel: &Channel<T>): u64 { channel.sequence }

    /// When the challenge window ends; 0 while nobody closes.
    public fun closes_at<T>(channel: &Channel<T>): u64 { channel.closes_at }

    /// What a party signs: blake2b256(domain ‖ chain ‖ BCS), domain and chain each behind one length byte.
    public fun digest(domain: vector<u8>, chain: vector<u8>, message: vector<u8>): vector<u8> {
        let mut bytes = bcs::to_bytes(&domain);
        bytes.append(bcs::to_bytes(&chain));
        bytes.append(message);
        hash::blake2b256(&bytes)
    }

    // === Checks ===

    fun make_parties(keys: &vector<vector<u8>>, payouts: &vector<address>): vector<Party> {
        let count = keys.length();
        assert!(count >= MIN_PARTIES && count <= MAX_PARTIES && payouts.length() == count, EBadPartyCount);
        let mut parties = vector[];
        let mut i = 0;
        while (i < count) {
            let party = Party { key: keys[i], payout: payouts[i] };
            assert!(party.key.length() == KEY_BYTES, EBadKey);
            let mut j = 0;
            while (j < i) {
                assert!(keys[j] != party.key && payouts[j] != party.payout, EDuplicateParty);
                j = j + 1
            };
            parties.push_back(party);
            i = i + 1
        };
        parties
    }

    fun check_party<T>(channel: &Channel<T>, party: u64, ctx: &TxContext) {
        assert!(party < channel.parties.length() && channel.parties[party].payout == ctx.sender(), ENotParty)
    }

    fun check_signatures<T>(
        channel: &Channel<T>,
        domain: vector<u8>,
        message: &vector<u8>,
        signatures: &vector<vector<u8>>,
    ) {
        let count = channel.parties.length();
        assert!(signatures.length() == count, EBadSignature);
        let digest = digest(domain, channel.chain, *message);
        let mut i = 0;
        while (i < count) {
            assert!(ed25519::ed25519_verify(&signatures[i], &channel.parties[i].key, &digest), EBadSignature);
            i = i + 1
        }
    }

    fun check_conditions(conditions: &vector<Condition>, parties: u64) {
        let count = conditions.length();
        assert!(count <= MAX_CONDITIONS, EBadCondition);
        let mut i = 0;
        while (i < count) {
            let Condition { from, to, amount, hash, .. } = &conditions[i];
            assert!(*from < parties && *to < parties && from != to, EBadCondition);
            assert!(*amount > 0 && hash.length() == HASH_BYTES, EBadCondition);
            i = i + 1
        }
    }

    fun state<T>(
        channel: &Channel<T>,
        sequence: u64,
        confirmed: u64,
        balances: vector<u64>,
        conditions: vector<Condition>,
    ): State {
        let channel_type = type_name::get_with_original_ids<Channel<T>>().into_string().into_bytes();
        State { channel_type, channel: channel.id.to_address(), sequence, confirmed, balances, conditions }
    }

    /// Checks that a state is newer and complete; gives what it holds in all.
    fun check_state<T>(channel: &Channel<T>, state: &State): u128 {
        assert!(state.sequence > channel.sequence, EOldSequence);
        assert!(state.confirmed < state.sequence, EBadConfirmed);
        let parties = channel.parties.length();
        assert!(state.balances.length() == parties, EBadPartyCount);
        check_conditions(&state.conditions, parties);
        sum(&state.balances) + sum_conditions(&state.conditions)
    }

    /// Takes over a state; its signatures are the caller's to check.
    fun accept<T>(channel: &mut Channel<T>, state: &State) {
        let held = channel.check_state(state);
        channel.counted = channel.count_deposits(held);
        channel.sequence = state.sequence;
        channel.balances = state.balances;
        channel.conditions = state.conditions;
        channel.forget_unneeded()
    }

    fun accept_signed<T>(
        channel: &mut Channel<T>,
        sequence: u64,
        confirmed: u64,
        balances: vector<u64>,
        conditions: vector<Condition>,
        signatures: &vector<vector<u8>>,
    ) {
        let state = channel.state(sequence, confirmed, balances, conditions);
        channel.accept(&state);
        channel.check_signatures(STATE_DOMAIN, &bcs::to_bytes(&state), signatures)
    }

    /// What is left becomes the new base; deposits that were not counted yet stay.
    fun accept_withdrawal<T>(channel: &mut Channel<T>, state: &State, amounts: &vector<u64>) {
        assert!(amounts.length() == channel.parties.length(), EBadPartyCount);
        let left = channel.check_state(state);
        let counted = channel.count_deposits(left + sum(amounts));
        channel.accept_rest(state, left as u64, counted)
    }

    fun accept_rest<T>(channel: &mut Channel<T>, state: &State, left: u64, counted: u64) {
        let mut rest = vector[];
        let mut i = counted;
        while (i < channel.deposits.length()) {
            rest.push_back(channel.deposits[i]);
            i = i + 1
        };
        channel.deposits = rest;
        channel.base = left;
        channel.counted = 0;
        channel.sequence = state.sequence;
        channel.balances = state.balances;
        channel.conditions = state.conditions
    }

    /// How many deposits a state counts that holds this much. Totals only grow, so there is one answer at most.
    fun count_deposits<T>(channel: &Channel<T>, held: u128): u64 {
        let mut total = channel.base as u128;
        let mut counted = 0;
        while (total < held && counted < channel.deposits.length()) {
            total = total + (channel.deposits[counted].amount as u128);
            counted = counted + 1
        };
        assert!(total == held, EUnbalanced);
        counted
    }

    /// Keeps only what a condition of the current state asks for: 16 at most, however often the state is replaced.
    fun forget_unneeded<T>(channel: &mut Channel<T>) {
        let mut kept = vector[];
        let mut i = 0;
        while (i < channel.revealed.length()) {
            let revelation = channel.revealed[i];
            if (has_condition(&channel.conditions, &revelation.hash)) kept.push_back(revelation);
            i = i + 1
        };
        channel.revealed = kept
    }

    fun has_condition(conditions: &vector<Condition>, hash: &vector<u8>): bool {
        let mut i = 0;
        while (i < conditions.length()) {
            if (&conditions[i].hash == hash) return true;
            i = i + 1
        };
        false
    }

    fun revealed_at<T>(channel: &Channel<T>, hash: &vector<u8>): u64 {
        let mut i = 0;
        while (i < channel.revealed.length()) {
            if (&channel.revealed[i].hash == hash) return channel.revealed[i].at;
            i = i + 1
        };
        NEVER
    }

    // === Paying ===

    fun balances_with_deposits<T>(channel: &Channel<T>): vector<u64> {
        let mut amounts = channel.balances;
        let mut i = channel.counted;
        while (i < channel.deposits.length()) {
            let Deposit { party, amount } = channel.deposits[i];
            add(&mut amounts, party, amount);
            i = i + 1
        };
        amounts
    }

    /// Adds every condition that is decided to who gets it, and keeps the others.
    fun decide_conditions<T>(channel: &mut Channel<T>, amounts: &mut vector<u64>, now: u64) {
        let mut left = vector[];
        let mut i = 0;
        while (i < channel.conditions.length()) {
            let condition = channel.conditions[i];
            // By the terms of this state: a preimage may have become known under another one, too late for this.
            if (channel.revealed_at(&condition.hash) < condition.expiry) add(amounts, condition.to, condition.amount)
            else if (now >= condition.expiry) add(amounts, condition.from, condition.amount)
            else left.push_back(condition);
            i = i + 1
        };
        channel.conditions = left
    }

    /// A cheater's share goes to the others in equal parts; what cannot be divided goes to the first of them.
    fun forfeit(amounts: &mut vector<u64>, cheater: u64) {
        if (cheater == NOBODY) return;
        let others = amounts.length() - 1;
        let share = amounts[cheater] / others;
        let mut rest = amounts[cheater] % others;
        *&mut amounts[cheater] = 0;
        let mut i = 0;
        while (i <= others) {
            if (i != cheater) {
                add(amounts, i, share + rest);
                rest = 0
            };
            i = i + 1
        }
    }

    fun pay<T>(channel: &mut Channel<T>, mut amounts: vector<u64>, ctx: &mut TxContext) {
        forfeit(&mut amounts, channel.cheater);
        channel.pay_parties(&amounts, ctx);
        let (sequence, conditions_left) = (channel.sequence, channel.conditions.length());
        event::emit(Settled { channel: channel.id.to_address(), sequence, amounts, conditions_left })
    }

    fun pay_parties<T>(channel: &mut Channel<T>, amounts: &vector<u64>, ctx: &mut TxContext) {
        let mut i = 0;
        while (i < amounts.length()) {
            if (amounts[i] > 0) {
                let coin = coin::from_balance(balance::split(&mut channel.funds, amounts[i]), ctx);
                transfer::public_transfer(coin, channel.parties[i].payout)
            };
            i = i + 1
        }
    }

    fun end<T>(channel: Channel<T>) {
        let Channel { id, funds, .. } = channel;
        event::emit(Closed { channel: id.to_address() });
        funds.destroy_zero();
        id.delete()
    }

    // === Sums ===

    fun add(amounts: &mut vector<u64>, party: u64, amount: u64) {
        let place = &mut amounts[party];
        *place = *place + amount
    }

    /// In 128 bits: 32 numbers of 64 bits cannot run over.
    fun sum(amounts: &vector<u64>): u128 {
        let (mut total, mut i) = (0u128, 0);
        while (i < amounts.length()) {
            total = total + (amounts[i] as u128);
            i = i + 1
        };
        total
    }

    fun sum_conditions(conditions: &vector<Condition>): u128 {
        let (mut total, mut i) = (0u128, 0);
        while (i < conditions.length()) {
            total = total + (conditions[i].amount as u128);
            i = i + 1
        };
        total
    }

    fun zeros(count: u64): vector<u64> {
        let mut amounts = vector[];
        let mut i = 0;
        while (i < count) {
            amounts.push_back(0);
            i = i + 1
        };
        amounts
    }
}
