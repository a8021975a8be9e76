-- As before; of an expired voucher a use of the time before can still come to light (a till was off line), and a use can
-- be taken back, which gives a gift card its balance but not its time.
CREATE OR REPLACE FUNCTION programs_vouchers_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'a voucher is not removed' USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_is_kept';
  END IF;
  IF (OLD.id, OLD.brand_id, OLD.code, OLD.kind, OLD.value_minor, OLD.points, OLD.issued_at)
       IS DISTINCT FROM (NEW.id, NEW.brand_id, NEW.code, NEW.kind, NEW.value_minor, NEW.points, NEW.issued_at) THEN
    RAISE EXCEPTION 'what a voucher is does not change' USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_stays_what_it_is';
  END IF;
  IF OLD.status IN ('expired', 'disabled') THEN
    IF (NEW.status, NEW.uses, NEW.balance_minor) IS DISTINCT FROM (OLD.status, OLD.uses, OLD.balance_minor)
       AND NOT (OLD.status = 'expired' AND NEW.uses <> OLD.uses
                AND (NEW.status = 'expired' OR (NEW.status = 'redeemed' AND NEW.uses > OLD.uses))) THEN
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
-- reverse
CREATE OR REPLACE FUNCTION programs_vouchers_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
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
