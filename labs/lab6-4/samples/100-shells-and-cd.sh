mkdir site && cd site
echo "호스트에서 쓴 글" > index.html
docker run -dit --name web -v "$(pwd)":/site alpine
docker exec -it web sh
cd /site
cat *
echo "컨테이너에서 쓴 글" > from-container.txt
echo "레이어에 쓴 글" > ~/own.txt
exit
cat from-container.txt
sed -i 's/쓴/고친/' index.html
docker exec -it web sh
cat /site/index.html
exit
docker diff web
docker stop -t 0 web
docker rm web
ls -la
