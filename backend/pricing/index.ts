export { type BasePrice, listPriceBook, openPriceBook, setBasePrice } from './book.ts';
export { utilisationFactor } from './curve.ts';
export {
  currentMarket,
  type Market,
  type MarketPrice,
  marketPrices,
  type PriceHistory,
  priceHistory,
  recomputePrices,
  type Supply,
} from './market.ts';
export { type Asked, offerPrice } from './offer.ts';
export { type Floor, type PricePreview, previewBasePrice } from './preview.ts';
