#[defines_primitive(vector)]
module std::vector {
    const EIndexOutOfBounds: u64 = 0x20000;

    public native fun empty<Element>(): vector<Element>;
    public native fun length<Element>(v: &vector<Element>): u64;
    #[syntax(index)]
    public native fun borrow<Element>(v: &vector<Element>, i: u64): &Element;
    public native fun push_back<Element>(v: &mut vector<Element>, e: Element);
    #[syntax(index)]
    public native fun borrow_mut<Element>(v: &mut vector<Element>, i: u64): &mut Element;
    public native fun pop_back<Element>(v: &mut vector<Element>): Element;
    public native fun destroy_empty<Element>(v: vector<Element>);
    public native fun swap<Element>(v: &mut vector<Element>, i: u64, j: u64);

    public fun singleton<Element>(e: Element): vector<Element> { vector[e] }
    public fun is_empty<Element>(v: &vector<Element>): bool { v.length() == 0 }

    public fun contains<Element>(v: &vector<Element>, e: &Element): bool {
        let (found, _) = v.index_of(e);
        found
    }

    public fun index_of<Element>(v: &vector<Element>, e: &Element): (bool, u64) {
        let mut i = 0;
        while (i < v.length()) {
            if (&v[i] == e) return (true, i);
            i = i + 1
        };
        (false, 0)
    }

    public fun reverse<Element>(v: &mut vector<Element>) {
        let length = v.length();
        let mut i = 0;
        while (i < length / 2) {
            v.swap(i, length - 1 - i);
            i = i + 1
        }
    }

    public fun append<Element>(lhs: &mut vector<Element>, mut other: vector<Element>) {
        other.reverse();
        while (!other.is_empty()) lhs.push_back(other.pop_back());
        other.destroy_empty()
    }

    /// Takes out the element at `i`; those behind it move up.
    public fun remove<Element>(v: &mut vector<Element>, mut i: u64): Element {
        assert!(i < v.length(), EIndexOutOfBounds);
        let last = v.length() - 1;
        while (i < last) {
            v.swap(i, i + 1);
            i = i + 1
        };
        v.pop_back()
    }

    /// Takes out the element at `i`; the last one takes its place.
    public fun swap_remove<Element>(v: &mut vector<Element>, i: u64): Element {
        assert!(i < v.length(), EIndexOutOfBounds);
        let last = v.length() - 1;
        v.swap(i, last);
        v.pop_back()
    }
}
