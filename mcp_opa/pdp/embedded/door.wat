;; The host that a compiled policy sees, and the way in to it.
;;
;; A call through wasmtime's public Python API with no argument and no result costs a fifth of one with the seven
;; arguments of `opa_eval`; so `ask` takes them from a frame in memory, and leaves there where the answer stands.
;; It also finds the answer's end: what Python then reads, Wasm could read. No Python runs inside Wasm.
(module
  (import "env" "memory" (memory 0))
  (type $opa_eval (func (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (table (export "opa_eval") 1 1 funcref)
  (global $frame (export "frame") (mut i32) (i32.const 0))
  (global $message (export "message") (mut i32) (i32.const 0))

  (func (export "opa_abort") (param i32)
    (global.set $message (local.get 0))
    unreachable)
  (func (export "opa_builtin0") (param i32 i32) (result i32) unreachable)
  (func (export "opa_builtin1") (param i32 i32 i32) (result i32) unreachable)
  (func (export "opa_builtin2") (param i32 i32 i32 i32) (result i32) unreachable)
  (func (export "opa_builtin3") (param i32 i32 i32 i32 i32) (result i32) unreachable)
  (func (export "opa_builtin4") (param i32 i32 i32 i32 i32 i32) (result i32) unreachable)

  (func (export "ask") (local $frame i32) (local $answer i32) (local $end i32)
    (local.set $frame (global.get $frame))
    (local.set $answer
      (call_indirect (type $opa_eval)
        (i32.const 0)                               ;; reserved
        (i32.load offset=0 (local.get $frame))      ;; entry point
        (i32.load offset=4 (local.get $frame))      ;; data
        (i32.load offset=8 (local.get $frame))      ;; document
        (i32.load offset=12 (local.get $frame))     ;; its size
        (i32.load offset=16 (local.get $frame))     ;; heap: evaluation begins here, every time
        (i32.const 0)                               ;; answer in JSON
        (i32.const 0)))                             ;; which function of the table
    (local.set $end (local.get $answer))
    (block $found
      (loop $next
        (br_if $found (i32.eqz (i32.load8_u (local.get $end))))
        (local.set $end (i32.add (local.get $end) (i32.const 1)))
        (br $next)))
    (i32.store offset=20 (local.get $frame) (local.get $answer))
    (i32.store offset=24 (local.get $frame) (i32.sub (local.get $end) (local.get $answer)))))
