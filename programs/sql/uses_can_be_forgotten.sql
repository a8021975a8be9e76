-- As before; the key of a redemption, which the sender chose, can be taken out where it names somebody: what stands in its
-- place leads to nobody.
CREATE OR REPLACE FUNCTION programs_voucher_uses_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'a redemption is not removed' USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_use_is_kept';
  END IF;
  IF OLD.rolled_back_at IS NOT NULL AND NEW.rolled_back_at IS DISTINCT FROM OLD.rolled_back_at
     OR (OLD.id, OLD.voucher_id, OLD.discount_minor, OLD.order_minor, OLD.occurred_at, OLD.actor)
       IS DISTINCT FROM (NEW.id, NEW.voucher_id, NEW.discount_minor, NEW.order_minor, NEW.occurred_at, NEW.actor)
     OR NEW.key NOT IN (OLD.key, 'forgotten:' || OLD.id) THEN
    RAISE EXCEPTION 'a redemption does not change' USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_use_is_kept';
  END IF;
  RETURN NEW;
END $$;
-- reverse
CREATE OR REPLACE FUNCTION programs_voucher_uses_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'a redemption is not removed' USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_use_is_kept';
  END IF;
  IF OLD.rolled_back_at IS NOT NULL AND NEW.rolled_back_at IS DISTINCT FROM OLD.rolled_back_at
     OR (OLD.id, OLD.voucher_id, OLD.key, OLD.discount_minor, OLD.order_minor, OLD.occurred_at, OLD.actor)
       IS DISTINCT FROM (NEW.id, NEW.voucher_id, NEW.key, NEW.discount_minor, NEW.order_minor, NEW.occurred_at, NEW.actor) THEN
    RAISE EXCEPTION 'a redemption does not change' USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_use_is_kept';
  END IF;
  RETURN NEW;
END $$;
