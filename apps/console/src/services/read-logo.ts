const sidePixels = 128;
const longestAddress = 32_000;

/**
 * Reads a picture as a logo: at most 128 pixels a side, in its own address, as the platform stores it.
 * @throws Error in words for the person who chose the file
 */
export async function readLogo(file: Blob): Promise<string> {
  const picture = await createImageBitmap(file).catch(() => {
    throw new Error('This file is no picture that the browser knows. Choose a PNG, JPEG or WebP.');
  });
  const scale = Math.min(1, sidePixels / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const address = [canvas.toDataURL('image/png'), canvas.toDataURL('image/webp', 0.85)].find(
    (each) => each.length <= longestAddress,
  );
  if (!address) throw new Error('This picture is too detailed for a logo. Choose a simpler one.');
  return address;
}
