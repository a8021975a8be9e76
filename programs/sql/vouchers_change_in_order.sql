-- Which state of a voucher follows which, and what of it never changes. What was redeemed is open again only when a use is
-- taken back; expired and disabled are the end. Vouchers and their uses are never removed.
CREATE FUNCTION programs_vouchers_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'a voucher is not removed' USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_is_kept';
  END IF;
  IF (OLD.id, OLD.brand_id, OLD.code, OLD.kind, OLD.value_minor, OLD.points, OLD.issued_at)
       IS DISTINCT FROM (NEW.id, NEW.brand_id, NEW.code, NEW.kind, NEW.value_minor, NEW.points, NEW.issued_at) THEN
    RAISE EXCEPTION 'what a voucher is does not change' USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_stays_what_it_is';
  END IF;
  IF OLD.status IN ('expired', 'disabled') THEN
    IF NEW.status <> OLD.status OR NEW.uses <> OLD.uses OR NEW.balance_minor IS DISTINCT FROM OLD.balance_minor THEN
      RAISE EXCEPTION 'a voucher that ended stays as it is' USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_ends_once';
    END IF;
  ELSIF NEW.status <> OLD.status AND NOT (
       (OLD.status = 'issued' AND NEW.status IN ('claimed', 'redeemed', 'expired', 'disabled'))
    OR (OLD.status = 'claimed' AND NEW.status IN ('redeemed', 'expired', 'disabled'))
    OR (OLD.status = 'redeemed' AND NEW.status IN ('issued', 'claimed') AND NEW.uses < OLD.uses)
  ) THEN
    RAISE EXCEPTION 'a voucher does not go from % to %', OLD.status, NEW.status
      USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_states_follow';
  END IF;
  IF NEW.status = 'redeemed' AND NEW.uses_max IS NOT NULL AND NEW.uses < NEW.uses_max AND NEW.balance_minor IS NULL THEN
    RAISE EXCEPTION 'a voucher with uses left is not redeemed' USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_states_follow';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER vouchers_change_in_order BEFORE UPDATE OR DELETE ON programs_voucher
  FOR EACH ROW EXECUTE FUNCTION programs_vouchers_in_order();
CREATE FUNCTION programs_voucher_uses_stay() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER voucher_uses_stay BEFORE UPDATE OR DELETE ON programs_voucheruse
  FOR EACH ROW EXECUTE FUNCTION programs_voucher_uses_stay();
-- reverse
DROP TRIGGER voucher_uses_stay ON programs_voucheruse;
DROP FUNCTION programs_voucher_uses_stay();
DROP TRIGGER vouchers_change_in_order ON programs_voucher;
DROP FUNCTION programs_vouchers_in_order();
