/// S2 nodes that want to be found (PROTOCOL section 4). Each node is one shared object, and its events tell of every
/// change: there is no table, so two nodes never wait for one another.
///
/// A record is live while its node renews it once in every epoch. The stake makes records cost something while they are
/// kept; it comes back in full.
module parley::registry {
    use iota::balance::Balance;
    use iota::bcs;
    use iota::coin::{Self, Coin};
    use iota::ed25519;
    use iota::event;
    use iota::hash;
    use iota::iota::IOTA;
    use std::string::String;
    use std::type_name;

    // === Why a call is refused ===

    /// Only the account that registered a node may change its record.
    const ENotOwner: u64 = 1;
    /// The stake is smaller than MIN_STAKE.
    const EStakeTooSmall: u64 = 2;
    /// The node has announced that it leaves; it can only register anew.
    const ELeaving: u64 = 3;
    /// The stake is still held: the node has not left, or the delay is not over.
    const EStakeHeld: u64 = 4;
    /// A node's key is an Ed25519 public key of 32 bytes.
    const EBadKey: u64 = 5;
    /// The fingerprint of a TLS certificate is 32 bytes.
    const EBadFingerprint: u64 = 6;
    /// A node has 1 to MAX_ENDPOINTS endpoints.
    const EBadEndpointCount: u64 = 7;
    /// An endpoint has 1 to MAX_ENDPOINT_BYTES bytes.
    const EBadEndpoint: u64 = 8;
    /// The node's key did not sign this registration: nobody can register a key that is not theirs.
    const EBadProof: u64 = 9;

    // === Numbers ===

    /// 1 IOTA in NANOS: more than a record costs to store, little enough for anybody who runs a node.
    const MIN_STAKE: u64 = 1_000_000_000;
    /// Epochs between leaving and getting the stake back: longer than anybody may still have the record in a map.
    const WITHDRAWAL_EPOCHS: u64 = 2;
    /// A client tries one after the other; more are of no use and make every answer larger.
    const MAX_ENDPOINTS: u64 = 4;
    /// The longest host name, with scheme, port and path.
    const MAX_ENDPOINT_BYTES: u64 = 300;
    const KEY_BYTES: u64 = 32;
    /// What the node's key signs for: its registration and nothing else.
    const DOMAIN: vector<u8> = b"parley/registry/1";

    // === What is stored ===

    public struct NodeRecord has key {
        id: UID,
        owner: address,
        node_key: vector<u8>,
        profile: Profile,
        stake: Balance<IOTA>,
        /// Epoch in which it was registered or renewed last.
        renewed: u64,
        /// Epoch from which the stake can be taken; 0 while the node is in service.
        free_from: u64,
    }

    /// What a node may change while it is registered.
    public struct Profile has copy, drop, store {
        /// `wss://host:port`
        endpoints: vector<String>,
        /// SHA-256 of the TLS certificate.
        tls_fingerprint: vector<u8>,
        /// Bits: 1 relay, 2 mailbox, 4 log, 8 ICE servers, 16 ledger gateway.
        roles: u64,
        prices: Prices,
        /// Highest version of the protocol that the node speaks.
        version: u64,
    }

    /// NANOS.
    public struct Prices has copy, drop, store {
        relayed_mb: u64,
        stored_mb_day: u64,
        forwarded_transaction: u64,
    }

    /// What the node's key signs when it is registered.
    public struct Claim has drop {
        /// Full type of the record without 0x, which names this package.
        record: vector<u8>,
        owner: address,
        node_key: vector<u8>,
    }

    // === Events ===

    public struct Registered has copy, drop {
        node: address,
        owner: address,
        node_key: vector<u8>,
        profile: Profile,
        stake: u64,
        epoch: u64,
    }
    public struct Renewed has copy, drop { node: address, profile: Profile, epoch: u64 }
    public struct Leaving has copy, drop { node: address, free_from: u64 }
    public struct Withdrawn has copy, drop { node: address, owner: address, amount: u64 }

    // === Profiles ===

    public fun prices(relayed_mb: u64, stored_mb_day: u64, forwarded_transaction: u64): Prices {
        Prices { relayed_mb, stored_mb_day, forwarded_transaction }
    }

    public fun profile(
        endpoints: vector<String>,
        tls_fingerprint: vector<u8>,
        roles: u64,
        prices: Prices,
        version: u64,
    ): Profile {
        assert!(tls_fingerprint.length() == KEY_BYTES, EBadFingerprint);
        let count = endpoints.length();
        assert!(count > 0 && count <= MAX_ENDPOINTS, EBadEndpointCount);
        let mut i = 0;
        while (i < count) {
            let length = endpoints[i].length();
            assert!(length > 0 && length <= MAX_ENDPOINT_BYTES, EBadEndpoint);
            i = i + 1
        };
        Profile { endpoints, tls_fingerprint, roles, prices, version }
    }

    // === What a node does ===

    /// Registers a node for the sender; `proof` is the signature of the node's key over `claim_digest`.
    public fun register(
        node_key: vector<u8>,
        profile: Profile,
        proof: vector<u8>,
        stake: Coin<IOTA>,
        ctx: &mut TxContext,
    ) {
        assert!(node_key.length() == KEY_BYTES, EBadKey);
        let owner = ctx.sender();
        assert!(ed25519::ed25519_verify(&proof, &node_key, &claim_digest(owner, node_key)), EBadProof);
        let amount = stake.value();
        assert!(amount >= MIN_STAKE, EStakeTooSmall);
        let epoch = ctx.epoch();
        let record = NodeRecord {
            id: object::new(ctx),
            owner,
            node_key,
            profile,
            stake: stake.into_balance(),
            renewed: epoch,
            free_from: 0,
        };
        event::emit(Registered { node: record.id.to_address(), owner, node_key, profile, stake: amount, epoch });
        transfer::share_object(record)
    }

    /// Once in every epoch, or whenever the profile changes.
    public fun renew(record: &mut NodeRecord, profile: Profile, ctx: &TxContext) {
        record.check_in_service(ctx);
        record.profile = profile;
        record.renewed = ctx.epoch();
        event::emit(Renewed { node: record.id.to_address(), profile, epoch: record.renewed })
    }

    public fun leave(record: &mut NodeRecord, ctx: &TxContext) {
        record.check_in_service(ctx);
        record.free_from = ctx.epoch() + WITHDRAWAL_EPOCHS;
        event::emit(Leaving { node: record.id.to_address(), free_from: record.free_from })
    }

    /// Gives the stake back and deletes the record.
    public fun withdraw(record: NodeRecord, ctx: &mut TxContext) {
        assert!(ctx.sender() == record.owner, ENotOwner);
        assert!(record.free_from != 0 && ctx.epoch() >= record.free_from, EStakeHeld);
        let NodeRecord { id, owner, stake, .. } = record;
        event::emit(Withdrawn { node: id.to_address(), owner, amount: stake.value() });
        transfer::public_transfer(coin::from_balance(stake, ctx), owner);
        id.delete()
    }

    // === What others read ===

    /// Whether the node belongs on the map: renewed in this epoch or the one before, and not leaving.
    public fun is_live(record: &NodeRecord, ctx: &TxContext): bool {
        record.free_from == 0 && ctx.epoch() <= record.renewed + 1
    }

    /// blake2b256(17 ‖ "parley/registry/1" ‖ 0 ‖ BCS of Claim): the layout of every signature of Parley, without a chain.
    public fun claim_digest(owner: address, node_key: vector<u8>): vector<u8> {
        let record = type_name::get_with_original_ids<NodeRecord>().into_string().into_bytes();
        let domain = DOMAIN;
        let mut bytes = bcs::to_bytes(&domain);
        bytes.push_back(0);
        bytes.append(bcs::to_bytes(&Claim { record, owner, node_key }));
        hash::blake2b256(&bytes)
    }

    fun check_in_service(record: &NodeRecord, ctx: &TxContext) {
        assert!(ctx.sender() == record.owner, ENotOwner);
        assert!(record.free_from == 0, ELeaving)
    }
}
